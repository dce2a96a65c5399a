"""A recalled publication out of its community, against a real Trading Grid over HTTP."""

from __future__ import annotations

from pathlib import Path

import duckdb

from corrections.approval import approve
from corrections.people.register import Person
from corrections.preview import preview
from corrections.recall.recalls import begin_recall
from corrections.recall.report import recalls_by
from corrections.store.allowance import pause, resume
from tests.adapters.corrections.conftest import ASSET_ID, Desk, Grid, republish
from tests.unit.corrections.recalled_snapshot import write_recalled_snapshot
from tests.unit.corrections.samples import CLOCK, approver

OLD_VERSION, OLD_ETAG = 1767600000, "old"
OFFICER = Person("Olga", frozenset({"officer"}))


def recall(desk: Desk, folder: Path, publication_id: str, etag: str = OLD_ETAG) -> Path:
    """Recall the banner by a snapshot in which one publication of it is live, and approve."""
    snapshot = write_recalled_snapshot(folder / "s1.duckdb", [row(publication_id, etag=etag)])
    with_id(snapshot)
    begin_recall(desk.settings, CLOCK, snapshot, "s1", ASSET_ID, OFFICER, "wrong rate")
    approve(desk.settings, CLOCK, None, approver(), "sure")
    return snapshot


def row(publication_id: str, *, is_live: bool = True, etag: str = OLD_ETAG) -> tuple[object, ...]:
    return (publication_id, "COM-1", ASSET_ID, "banners/spring", OLD_VERSION, etag, is_live)


def with_id(snapshot: Path) -> None:
    """The sandbox gives the banner an id of its own."""
    with duckdb.connect(str(snapshot)) as connection:
        connection.execute("update marts.dim_assets set asset_id_cloudinary = ? where asset_key = 'k'", [ASSET_ID])


def test_a_recalled_publication_is_withdrawn_once(desk: Desk, grid: Grid, tmp_path: Path) -> None:
    """Partners go on seeing what was recalled until somebody takes it out of the community."""
    publication_id = grid.make_publication()
    recall(desk, tmp_path, publication_id)
    grid.reset()
    assert desk.send().as_dict() == {"confirmed": 1, "left": 0}
    shown = grid.get(f"publications/{publication_id}")
    assert (shown["withdrawnAt"] is not None, shown["withdrawnBy"]) == (True, "assettrail")
    assert desk.send().as_dict() == {"left": 0}
    assert grid.posts() == 1
    over = write_recalled_snapshot(tmp_path / "s2.duckdb", [row(publication_id, is_live=False)])
    (found,) = recalls_by(desk.settings, over, "s2")
    assert [one.state for one in found.holders] == ["gone"]


def test_what_somebody_withdrew_is_what_was_wanted(desk: Desk, grid: Grid, tmp_path: Path) -> None:
    """A person in the portal was faster: nothing is written, and nothing is a conflict."""
    publication_id = grid.make_publication()
    recall(desk, tmp_path, publication_id)
    grid.withdraw(publication_id)
    grid.reset()
    assert desk.send().as_dict() == {"confirmed": 1, "left": 0}
    assert grid.posts() == 0


def test_a_publication_of_other_bytes_is_not_withdrawn(desk: Desk, grid: Grid, tmp_path: Path) -> None:
    """The snapshot knew other bytes than the community shows: what is there may be right."""
    publication_id = grid.make_publication()
    recall(desk, tmp_path, publication_id, etag="another")
    assert desk.send().as_dict() == {"conflict": 1, "left": 0}
    assert grid.get(f"publications/{publication_id}")["withdrawnAt"] is None


def test_a_dry_run_says_what_would_happen_and_writes_nothing(desk: Desk, grid: Grid, tmp_path: Path) -> None:
    """A person looks before thousands of partners do; looking must not be a first write."""
    right, wrong = grid.make_publication(), grid.make_publication(etag="another")
    snapshot = write_recalled_snapshot(tmp_path / "s1.duckdb", [row(right), row(wrong)])
    with_id(snapshot)
    begin_recall(desk.settings, CLOCK, snapshot, "s1", ASSET_ID, OFFICER, "wrong rate")
    approve(desk.settings, CLOCK, None, approver(), "sure")
    grid.reset()
    before = desk.corrections()
    found = {one.correction.subject_id: one for one in preview(desk.settings, CLOCK, snapshot)}
    assert (found[right].outcome, (found[right].request or {})["body"]) == (
        "would be written",
        {"withdrawnBy": "assettrail"},
    )
    assert (found[right].before, found[right].after) == (f"version {OLD_VERSION} (old)", "nothing")
    assert found[right].reach == "2 publications, 0 communications"
    assert found[wrong].outcome == "conflict"
    assert "etag another" in str(found[wrong].why)
    pause(desk.settings, CLOCK, approver(), "wait")
    assert {one.outcome for one in preview(desk.settings, CLOCK, snapshot)} == {"would wait", "conflict"}
    assert grid.posts() == 0
    assert desk.corrections() == before


def test_the_house_does_not_publish_what_is_recalled(desk: Desk, grid: Grid, tmp_path: Path, library: object) -> None:
    """Approved yesterday, recalled today: the recalled banner must not go out once more."""
    publication_id = grid.make_publication()
    desk.propose(republish(1, publication_id, grid))
    snapshot = write_recalled_snapshot(tmp_path / "s1.duckdb")
    with_id(snapshot)
    begin_recall(desk.settings, CLOCK, snapshot, "s1", ASSET_ID, OFFICER, "wrong rate")
    grid.reset()
    assert {one.outcome for one in preview(desk.settings, CLOCK, snapshot)} == {"conflict"}
    assert desk.send().as_dict() == {"conflict": 1, "left": 0}
    assert grid.posts() == 0


def test_nothing_goes_out_while_sending_is_paused(desk: Desk, grid: Grid, tmp_path: Path) -> None:
    """The kill switch has to hold for a run that a sensor had asked for before."""
    publication_id = grid.make_publication()
    recall(desk, tmp_path, publication_id)
    pause(desk.settings, CLOCK, approver(), "wait")
    grid.reset()
    assert desk.send().as_dict() == {"left": 1}
    assert grid.posts() == 0
    resume(desk.settings, CLOCK, approver(), "go on")
    assert desk.send().as_dict() == {"confirmed": 1, "left": 0}


def test_an_answer_that_breaks_off_is_settled_by_reading(desk: Desk, grid: Grid, tmp_path: Path) -> None:
    """The service withdrew and its answer was lost: it is known to be done, and not done twice."""
    publication_id = grid.make_publication()
    recall(desk, tmp_path, publication_id)
    grid.reset()
    grid.knob(truncate_body_after=5, method="POST", path="/withdraw", times=1)
    assert desk.send().as_dict() == {"confirmed": 1, "left": 0}
    assert grid.posts() == 1
