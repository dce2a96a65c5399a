"""What the claims say of each stream: an absence may be believed where a complete claim is, and nowhere else."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assettrail.command_line.application import application
from assettrail.errors import ContractBroken
from ingest.batches import decide
from ingest.claims import Period, StreamClaims, read_claims
from ingest.extract import Claim, Extract, Quarantined
from ingest.landing import Gate, LandedBatch, land
from ingest.landing_store import LandingStore
from ingest.schema import stream_schema
from tests.unit.landing.stores import EVENTS, NOON, accept, access, hold, open_store, rows_of

DAY = timedelta(days=1)
BROKEN = Quarantined("https://grid.test/a", "ab" * 32, 0, "no kind", "cd" * 32)


def tell(
    store: LandingStore,
    window: tuple[datetime | None, datetime],
    *,
    why_not: str = "",
    numbers: tuple[int, ...] = (),
    gate: Gate = accept,
    quarantined: tuple[Quarantined, ...] = (),
    stream: tuple[str, str] = ("trading_grid", "accesses"),
) -> LandedBatch:
    """Land a claim about a window; with a reason it is not complete."""
    claim = Claim(*window, not why_not, "unknown" if why_not else "equal_counts", why_not or "two equal counts")
    rows = rows_of([access(number) for number in numbers])
    return land(store, stream_schema(*stream), Extract(rows, quarantined, claim, None), gate)


def accesses(store: LandingStore) -> StreamClaims:
    """The claims of the stream that the tests land."""
    (found,) = read_claims(store.ledger, EVENTS.label)
    return found


def states(store: LandingStore) -> list[tuple[datetime | None, datetime, str]]:
    return [(period.start, period.end, period.state) for period in accesses(store).periods]


def test_windows_that_touch_are_one_and_a_gap_between_them_is_named(tmp_path: Path) -> None:
    """A day that nobody ever asked for looks like a day without events."""
    store = open_store(tmp_path)
    tell(store, (None, NOON))
    tell(store, (NOON, NOON + DAY))
    tell(store, (NOON + 3 * DAY, NOON + 4 * DAY))
    assert states(store) == [
        (None, NOON + DAY, "complete"),
        (NOON + DAY, NOON + 3 * DAY, "no claim"),
        (NOON + 3 * DAY, NOON + 4 * DAY, "complete"),
    ]
    (gap,) = accesses(store).gaps
    assert gap.days == (date(2026, 2, 2), date(2026, 2, 3), date(2026, 2, 4))


def test_a_known_gap_is_incomplete_and_not_unknown(tmp_path: Path) -> None:
    """Who reads "unknown" of a file that is gone looks for it again; who reads "incomplete" asks what it held.

    Claims that were logged before the two were told apart stay what they said.
    """
    store = open_store(tmp_path)
    for number, how in enumerate(("known_gap", "unknown")):
        claim = Claim(NOON + number * DAY, NOON + (number + 1) * DAY, False, how, f"why {how}")
        land(store, EVENTS, Extract([], [], claim, None), accept)
    told = [(period.state, period.reason) for period in accesses(store).periods]
    assert told == [("incomplete", "why known_gap"), ("unknown", "why unknown")]
    assert not any(claim.is_covering for claim in accesses(store).claims)


def test_a_window_that_was_not_complete_says_why_until_a_later_claim_covers_it(tmp_path: Path) -> None:
    """An auditor who reads "incomplete" without a reason cannot tell a vendor's outage from our own."""
    store = open_store(tmp_path)
    tell(store, (NOON, NOON + DAY), why_not="the service changed while it was read")
    tell(store, (NOON + DAY, NOON + 2 * DAY), quarantined=(BROKEN,))
    found = accesses(store).periods
    assert found[0] == Period(NOON, NOON + DAY, "unknown", "the service changed while it was read")
    assert (found[1].state, found[1].reason) == (
        "incomplete",
        "two equal counts; 1 records cannot be read (1 of them new in quarantine)",
    )
    tell(store, (NOON, NOON + DAY))
    assert [each.state for each in accesses(store).periods] == ["complete", "incomplete"]


def test_a_held_or_rejected_batch_is_not_complete_whatever_its_claim_says(tmp_path: Path) -> None:
    """Rows that wait for a decision are in no report: saying "complete" of their window would be untrue."""
    store = open_store(tmp_path)
    held = tell(store, (NOON, NOON + DAY), numbers=(1,), gate=hold)
    assert accesses(store).periods[0].state == "incomplete"
    assert "held at the landing gate" in accesses(store).periods[0].reason
    decide(store, str(held.load_id), "rejected", "Ann", "a test row")
    assert "rejected" in accesses(store).periods[0].reason
    tell(store, (NOON - DAY, NOON + 2 * DAY))
    assert [each.state for each in accesses(store).periods] == ["complete"]


def test_what_a_queue_lost_stays_incomplete_under_any_later_claim(tmp_path: Path) -> None:
    """An acknowledged message never comes again: a later, wider claim knows nothing of it."""
    store = open_store(tmp_path)
    queue = ("cloudinary", "notifications")
    tell(store, (NOON, NOON + DAY), quarantined=(BROKEN,), stream=queue)
    tell(store, (NOON - DAY, NOON + 2 * DAY), stream=queue)
    (found,) = read_claims(store.ledger, "cloudinary/notifications")
    assert [(each.start, each.state) for each in found.periods] == [
        (NOON - DAY, "complete"),
        (NOON, "incomplete"),
        (NOON + DAY, "complete"),
    ]


def test_a_stream_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """A misspelt stream must not read as one without gaps."""
    store = open_store(tmp_path)
    with pytest.raises(ContractBroken, match="no stream of that name"):
        read_claims(store.ledger, "trading_grid/acceses")
    assert {len(each.periods) for each in read_claims(store.ledger)} == {0}


def test_the_command_needs_no_secret_key_and_tells_the_same_as_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever checks what is covered must not need the power to write evidence."""
    store = open_store(tmp_path)
    tell(store, (NOON, NOON + DAY))
    tell(store, (NOON + 2 * DAY, NOON + 3 * DAY), why_not="an end that was not told")
    for secret in ("log.key", "raw.key", "pseudonym.key"):
        (tmp_path / "keys" / secret).unlink()
    monkeypatch.setenv("ASSETTRAIL_HOME", str(store.home))
    monkeypatch.setenv("ASSETTRAIL_KEYS__FOLDER", str(tmp_path / "keys"))
    shown = CliRunner().invoke(application, ["claims", "--stream", "trading_grid/accesses"], catch_exceptions=False)
    assert [line.split()[5] for line in shown.stdout.splitlines()[2:]] == ["complete", "no", "unknown"]
    assert "an end that was not told" in shown.stdout
    every = CliRunner().invoke(application, ["claims", "--each"], catch_exceptions=False)
    assert len(every.stdout.splitlines()) == 4
    told = CliRunner().invoke(application, ["claims", "--json"], catch_exceptions=False)
    (own,) = [each for each in json.loads(told.stdout) if each["claims"]]
    assert [each["state"] for each in own["periods"]] == ["complete", "no claim", "unknown"]
    assert own["periods"][1]["days"] == ["2026-02-02", "2026-02-03"]
