"""What a live link has served since composition is told as it was approved, to the second."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import httpx
import pytest

from publish.reading import DATABASE
from reports.dossier.rows import KnownApproval
from reports.exposure.questions import has_exposures
from reports.exposure.records import served_by
from reports.exposure.rows import Exposure, LinkVerdict, LiveVersion
from reports.exposure.words import edges, how_long, why
from reports.prints.exposure import exposure_lead
from tests.browser.example.names import LETTER
from tests.browser.example_snapshot import publish_example
from tests.browser.live_reports import client_of

FROM = datetime(2026, 4, 14, 9, tzinfo=UTC)
TO = FROM + timedelta(days=6)
UNTIL = FROM + timedelta(days=20)
SECOND = timedelta(seconds=1)


def version(*, ends: datetime | None = TO, etag: str = "new") -> LiveVersion:
    """A version that was served from composition on."""
    return LiveVersion("use", 2, etag, FROM, ends)


def approval(
    begins: datetime,
    ends: datetime | None = None,
    *,
    etag: str = "new",
    number: int | None = 2,
    until: datetime | None = None,
) -> KnownApproval:
    """An approval by Ada; `until` is its declared validity."""
    return KnownApproval("a", "asset", number, etag, "ada", begins, ends, None, None, until, "confirmed", 1)


@pytest.mark.parametrize(
    ("given", "is_approved"),
    [
        (approval(FROM, TO), True),
        (approval(FROM - SECOND), True),
        (approval(FROM, number=None), True),
        (approval(FROM + SECOND), None),
        (approval(FROM, TO - SECOND), None),
        (approval(FROM, until=TO - SECOND), None),
        (approval(TO), False),
        (approval(FROM - SECOND, FROM), False),
        (approval(FROM, etag="old"), False),
        (approval(FROM, number=1), True),
    ],
)
def test_an_approval_counts_for_the_bytes_and_the_time_that_it_was_in_force(
    given: KnownApproval, *, is_approved: bool | None
) -> None:
    """A link that served unapproved bytes for a second is one that a customer may have opened then."""
    told = served_by(version(), "old", [given], UNTIL)
    assert told.is_approved is is_approved
    assert ("ada" in told.approval_text) == (is_approved is not False)


def test_what_is_served_still_is_asked_about_up_to_where_the_data_ends() -> None:
    """An approval that ends next year must not read as one that does not hold today."""
    assert served_by(version(ends=None), "old", [approval(FROM, until=UNTIL + SECOND)], UNTIL).is_approved is True
    assert served_by(version(ends=None), "old", [approval(FROM, until=UNTIL - SECOND)], UNTIL).is_approved is None
    assert served_by(version(ends=None), "old", [approval(UNTIL)], UNTIL).is_approved is False


@pytest.mark.parametrize(("composed", "is_other"), [("new", False), ("old", True), (None, None)])
def test_other_bytes_are_told_by_their_hash(composed: str | None, *, is_other: bool | None) -> None:
    """Two versions with the same bytes are no change that anybody saw."""
    assert served_by(version(), composed, [], UNTIL).is_other is is_other


def link(**told: object) -> LinkVerdict:
    """The exposure of a link that is over and in order."""
    usual: dict[str, object] = {
        "asset_use_key": "use",
        "exposure_days": 10,
        "cdn_uncertainty_seconds": 3600,
        "generated_at": FROM,
        "exposure_ends_at": FROM + timedelta(days=10),
        "evaluated_to": FROM + timedelta(days=10),
        "is_open": False,
        "verdict": "PROVEN",
        "verdict_reason": "approved_in_force",
        "verdict_so_far": "PROVEN",
        "verdict_reason_so_far": "approved_in_force",
        "worst_at": FROM,
        "worst_version_number": 2,
        "is_worse_after_composition": False,
    }
    return LinkVerdict(**{**usual, **told})  # type: ignore[arg-type]


OPEN = link(is_open=True, evaluated_to=FROM + SECOND, verdict="NO_EVIDENCE", verdict_reason="exposure_still_open")
WORSE = link(
    verdict="NOT_APPROVED",
    verdict_reason="never_approved",
    verdict_so_far="NOT_APPROVED",
    verdict_reason_so_far="never_approved",
    worst_at=FROM + timedelta(days=2),
    is_worse_after_composition=True,
)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (why(link()), "Nothing worse than at composition was served."),
        (why(OPEN), "So far: proven. "),
        (why(OPEN), "What it serves until then is not known yet."),
        (why(WORSE), "From 2026-04-16 09:00:00 UTC on, version 2: Nobody ever approved these bytes."),
        (why(link(verdict="NO_EVIDENCE", verdict_reason="window_not_covered")), "No complete claim"),
        (how_long(link()), "for 10 days, until 2026-04-24 09:00:00 UTC; all of that time is judged."),
        (how_long(OPEN), "which is still to come; it is judged up to 2026-04-14 09:00:01 UTC."),
        (how_long(link(is_open=True, evaluated_to=None)), "nothing of that time is judged yet"),
        (how_long(link(exposure_ends_at=None)), "is not known"),
        (edges(link()), "for 60 minutes after a change"),
        (edges(link(cdn_uncertainty_seconds=2)), "for 2 seconds after a change"),
    ],
)
def test_an_exposure_is_told_in_words(told: str, words: str) -> None:
    """A link that may still be opened reads as settled, or nobody is told from when on it was wrong."""
    assert words in told


def test_the_worst_link_of_a_letter_leads() -> None:
    """Two good links must not hide the one that showed what nobody approved."""
    exposed = Exposure(3, {}, {"a": link(), "b": WORSE, "c": OPEN})
    assert exposed.worst is WORSE
    assert (exposed.worse_count, exposed.open_count, exposed.is_judged) == (1, 1, True)
    assert exposed.ends_at == FROM + timedelta(days=10)
    assert exposure_lead(exposed).startswith(" Not approved is the worst verdict over exposure of its 3 live links;")
    assert exposure_lead(Exposure(1, {}, {})) == ""


def test_a_snapshot_from_before_exposures_tells_records_alone() -> None:
    """A kept month-end that has no verdict over exposure must stay readable, and must not act as if it had one."""
    with duckdb.connect() as connection:
        connection.execute("create schema marts")
        assert not has_exposures(connection)
        connection.execute("create table marts.fct_exposures (asset_use_key varchar)")
        assert has_exposures(connection)


def test_what_was_served_names_its_approval_and_its_grade(client: httpx.Client) -> None:
    """Harm prevented: a verdict after composition that nobody can follow to the record that it rests on."""
    page = client.get(f"/communications/{LETTER}").raise_for_status().text
    served = client.get(f"/communications/{LETTER}.json").json()["exposure"]["served"]
    told = [one for versions in served.values() for one in versions]
    assert {one["evidence_grade"] for one in told} == {"confirmed"}
    keys = {one["approval_key"] for one in told if one["approval_key"]}
    assert keys
    assert all(f"Approval <code>{key[:12]}" in page for key in keys)
    assert "Grade: confirmed by the vendor" in page
    assert "exposure_approval_key,exposure_evidence_grade" in client.get(f"/communications/{LETTER}.csv").text


def test_a_snapshot_of_before_the_grades_can_still_be_read(tmp_path: Path) -> None:
    """Harm prevented: a dossier of last year that an update makes unreadable."""
    folder = publish_example(tmp_path / "home", letters=1)
    with duckdb.connect(str(folder / DATABASE)) as connection:
        for table in ("fct_exposures", "fct_exposure_versions"):
            without = f"select * exclude (approval_key, evidence_grade) from marts.{table}"
            connection.execute(f"create table of_before as {without}")
            connection.execute(f"drop table marts.{table}")
            connection.execute(f"create table marts.{table} as from of_before")
            connection.execute("drop table of_before")
    with client_of(tmp_path / "home") as client:
        assert "Grade: " not in client.get(f"/communications/{LETTER}").raise_for_status().text
        assert "exposure_verdict" in client.get(f"/communications/{LETTER}.csv").raise_for_status().text
