"""What was known of a communication at an instant: the right snapshot is named, and every change since is told."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from assettrail.clock import FixedClock
from reports.known.changes import ask
from reports.known.moments import kept_snapshots
from reports.shelf import SnapshotShelf
from tests.browser.example.names import LETTER
from tests.unit.reports.past import LABELLED, MARCH, MAY, NOW, OLD, build_past
from tests.unit.reports.people.house import application_of, client_of

ASKED = f"/known?communication={LETTER}"


@dataclass(frozen=True)
class Past:
    """An installation with two published snapshots and one that was built for what was known in April."""

    home: Path
    client: TestClient


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Past:
    """An installation with a past, and a browser of it."""
    house = build_past(tmp_path_factory.mktemp("known"))
    application = application_of(house)
    application.state.gate.house_clock = FixedClock(datetime(2026, 6, 1, tzinfo=UTC))
    return Past(house.home, client_of(application))


def test_an_instant_leads_to_the_snapshot_that_knows_exactly_that(past: Past) -> None:
    """The snapshot that was current may lack what had landed since: an officer would answer for less than was known."""
    twin = past.client.get(f"/known.json?communication={LETTER}&at=2026-04-10T12:00").json()
    assert twin["at"]["current_name"] == OLD
    assert [one["name"] for one in twin["at"]["exact"]] == [LABELLED]
    assert twin["compared_with"]["snapshot"]["name"] == LABELLED
    page = past.client.get(f"{ASKED}&at=2026-04-10T12:00").text
    assert "Read the dossier as it was known then" in page
    assert "Nothing is told otherwise now" in page
    told = past.client.get(f"/communications/{LETTER}?snapshot={LABELLED}").text
    assert "what was known at" in told
    assert f"then={LABELLED}" in told


def test_what_changed_since_is_told_use_by_use(past: Past) -> None:
    """A verdict that turned without a word looks as if it had always been so."""
    page = past.client.get(f"{ASKED}&at=2026-03-15T00:00").text
    assert "1 of 8 asset uses is told otherwise now" in page
    changes = past.client.get(f"/known.json?communication={LETTER}&then={OLD}").json()["compared_with"]["changes"]
    fields = {field["label"]: (field["then"], field["now"]) for field in changes[0]["fields"]}
    assert fields["Verdict"] == ("Proven", "Not approved")
    assert "made by different models, rules or settings (then and now): other texts of seed.grace_days." in page
    assert [change["fields"] for change in changes[1:]] == [[]] * 7
    assert ("use", 77) in [(later["label"], later["log_index"]) for later in changes[0]["later"]]


def test_of_what_was_known_at_one_state_the_last_built_is_read(past: Past) -> None:
    """After a rule was corrected, an officer was led to the answer by the wrong one, as chance had it."""
    again = past.home / "as_known" / "as-known-00000003-00000000"
    shutil.copytree(past.home / "as_known" / LABELLED, again)
    told = json.loads((again / "manifest.json").read_text(encoding="utf-8"))
    (again / "manifest.json").write_text(
        json.dumps(told | {"name": again.name, "created_at": MAY.isoformat()}), encoding="utf-8"
    )
    try:
        twin = past.client.get(f"/known.json?communication={LETTER}&at=2026-04-10T12:00").json()
        page = past.client.get(f"{ASKED}&at=2026-04-10T12:00").text
    finally:
        shutil.rmtree(again)
    assert [one["name"] for one in twin["at"]["exact"]] == [again.name, LABELLED]
    assert twin["compared_with"]["snapshot"]["name"] == again.name
    first, _, second = page.partition("Read the dossier")[0].rpartition(f"<code>{LABELLED}</code>")
    assert "2026-05-02" in first[-400:]
    assert "2026-04-02" in second


def test_a_state_that_no_snapshot_knows_is_told_with_the_command_that_builds_it(past: Past) -> None:
    """An officer who is sent away without the command asks an engineer who asks back."""
    (past.home / "as_known" / LABELLED).rename(past.home / LABELLED)
    try:
        page = past.client.get(f"{ASKED}&at=2026-04-10T12:00").text
    finally:
        (past.home / LABELLED).rename(past.home / "as_known" / LABELLED)
    assert "assettrail build --as-known-at 2026-04-10T12:00:00+00:00" in page
    assert "lacks up to 2 entries" in page
    assert "1 of 8 asset uses is told otherwise now" in page


def test_a_snapshot_that_retention_removed_is_named_all_the_same(past: Past) -> None:
    """What was published then is evidence, also where its file is gone."""
    (past.home / "snapshots" / OLD).rename(past.home / OLD)
    try:
        page = past.client.get(f"{ASKED}&at=2026-03-15").text
    finally:
        (past.home / OLD).rename(past.home / "snapshots" / OLD)
    assert f"<code>{OLD}</code>, which is no longer kept" in page
    assert "none is kept" in page


@pytest.mark.parametrize(
    ("at", "told"),
    [
        ("2025-01-01", "a log that began at"),
        ("2027-01-01", "has not come yet"),
        ("<script>", "Invalid isoformat string: &#39;&lt;script&gt;&#39;"),
    ],
)
def test_an_instant_that_names_no_state_is_told_beside_the_form(past: Past, at: str, told: str) -> None:
    """A day before the log answered with today's dossier would be a false statement about the past."""
    answer = past.client.get("/known", params={"communication": LETTER, "at": at})
    assert answer.status_code == 200
    assert told in answer.text
    assert "Compared with" not in answer.text


def test_each_kept_snapshot_tells_what_it_says(past: Past) -> None:
    """A history with a gap that nobody sees is read as if nothing had changed."""
    told = past.client.get(f"/known.json?communication={LETTER}").json()["snapshots"]
    assert [one["snapshot"]["name"] for one in told] == [NOW, LABELLED, OLD]
    assert [one["changed"] for one in told] == [0, 1, None]
    counts = [{words["code"]: count for words, count in one["tally"]} for one in told]
    assert counts[0] == counts[1]
    assert (counts[0]["NOT_APPROVED"], counts[0]["PROVEN"]) == (1, 1)
    assert counts[2] == {code: 2 if code == "PROVEN" else 1 for code in counts[0] if code != "NOT_APPROVED"}


def test_a_snapshot_in_passing_shows_a_jurisdiction_no_more_than_the_page_does(past: Past) -> None:
    """An older snapshot that is asked past the restriction shows the letters of people who are none of theirs."""
    shelf = SnapshotShelf(past.home)
    seen = {}
    for code in ("US-TX", "CA-QC"):
        with shelf.glance(OLD, frozenset({code})) as cursor:
            seen[code] = ask(cursor, LETTER, "claims")
    assert seen["CA-QC"] is None
    assert seen["US-TX"] is not None
    assert shelf.current().name == NOW


def test_a_snapshot_that_cannot_be_read_does_not_take_the_others_with_it(past: Past) -> None:
    """One damaged file of March must not hide what May says."""
    broken = past.home / "as_known" / "as-known-00000002-0badcafe"
    broken.mkdir()
    (broken / "manifest.json").write_text(json.dumps({"as_known_at": MARCH.isoformat()}), encoding="utf-8")
    (broken / "assettrail.duckdb").write_bytes(b"no database")
    try:
        told = past.client.get(f"/known.json?communication={LETTER}").json()["snapshots"]
        shown = past.client.get(ASKED).text
    finally:
        shutil.rmtree(broken)
    assert sorted(str(one["is_held"]) for one in told) == ["None", "True", "True", "True"]
    assert "it cannot be opened" in shown


def test_a_letter_that_is_not_there_is_unknown_and_an_unknown_snapshot_is_told(past: Past) -> None:
    """An address from an old ticket must say what is wrong with it."""
    assert past.client.get("/known?communication=COM-NONE").status_code == 404
    assert past.client.get(f"{ASKED}&then=nowhere").status_code == 404
    assert past.client.get(f"{ASKED}&before=nowhere").status_code == 404
    assert past.client.get("/known").status_code == 400
    assert [each.name for each in kept_snapshots(past.home)] == [NOW, LABELLED, OLD]
