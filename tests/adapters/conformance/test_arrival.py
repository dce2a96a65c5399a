"""Records that come twice, in another order, late, or with strange times: each lands once, and none is lost."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.exstream.drop_folder import open_drop_folder
from ingest.run import ingest_stream
from tests.adapters.conformance.ways import (
    CloudinaryListing,
    CloudinaryPoll,
    CloudinaryWebhook,
    ExstreamFolder,
    ExstreamRest,
    GridDrop,
    GridRest,
    LineFiles,
    Way,
    compose,
    copy_runs,
    delete,
    rename,
    restore,
    upload,
)
from tests.adapters.ingest.stand_ins import accept, landed_rows

Open = Callable[..., Way]


def give_again(way: Way, folder: Path) -> None:
    """Have the same records come once more, as this way does that."""
    if isinstance(way, GridDrop):
        for file in list(way.drops.iterdir()):
            (way.drops / f"again-{file.name}").write_bytes(file.read_bytes())
            (way.drops / f"packed-{file.name}.gz").write_bytes(gzip.compress(file.read_bytes()))
    elif isinstance(way, ExstreamRest):
        source = open_drop_folder(way.settings, way.store, copy_runs(way, folder / "copy"))
        source._pause = lambda _seconds: None
        ingest_stream(source, way.stream, way.store, accept)


def test_what_comes_twice_counts_once(way: Way, tmp_path: Path) -> None:
    """An event that is counted twice is a letter that was never sent, or two versions in one second."""
    if isinstance(way, CloudinaryPoll):
        way.sandbox.turn("cloudinary", notification_duplicates=1.0)
    held = way.hold(3)
    way.ingest()
    give_again(way, tmp_path)
    again = way.ingest()
    assert (again.rows, again.quarantined) == (0, 0)
    assert way.landed() == sorted(held)


@pytest.mark.parametrize("way", [CloudinaryWebhook], indirect=True)
def test_what_is_pushed_twice_is_taken_once(way: CloudinaryWebhook) -> None:
    """The vendor pushes again what it believes lost; a stranger, what he recorded."""
    body, second = way.body("b" * 32), int(time.time())
    assert [way.push(body, second=second) for _ in range(3)] == [200, 409, 409]
    way.ingest()
    assert way.landed() == ["b" * 32]


def test_the_order_of_arrival_changes_nothing(way: Way) -> None:
    """Vendors promise no order: what happened first may come last, and its row must not replace another's."""
    if isinstance(way, CloudinaryPoll):
        way.sandbox.turn("cloudinary", notification_shuffle=True)
    held = way.hold(2)
    way.later(minutes=-2)
    held |= way.hold(2)
    way.later(minutes=5)
    way.ingest()
    assert way.landed() == sorted(held)


def test_what_is_committed_at_or_below_the_watermark_is_not_lost(way: Way) -> None:
    """A row of the very second that was read last, or one that became visible late, is lost by `>` for ever."""
    if isinstance(way, CloudinaryListing):
        way.change(full_listing_days=7)
    held = way.hold(2)
    way.ingest()
    held |= way.hold(1)
    way.ingest()
    way.later(minutes=-2)
    held |= way.hold(1)
    way.later(minutes=10)
    way.ingest()
    assert way.landed() == sorted(held)


def test_what_comes_ninety_days_late_lands_with_its_own_time(way: Way) -> None:
    """A letter of last quarter that lands as one of today, or not at all, makes both quarters wrong."""
    is_running = type(way) is ExstreamRest
    if is_running:
        way.sandbox.turn("exstream", jobs_running=True)
    else:
        way.ingest()
    held = way.hold(1)
    if is_running:
        way.later(days=1)
        way.ingest()
        assert way.landed() == []
        way.sandbox.turn("exstream", reset=True)
    way.later(days=90)
    way.ingest()
    assert way.landed() == sorted(held)
    told = {name: value for name, value in way.rows()[0].items() if not name.startswith("_")}
    assert "2026-03-10" in str(told) or "datetime.datetime(2026, 3, 10" in str(told)


STRANGE_TIMES = {
    "epoch 0": ("1970-01-01T00:00:00Z", True),
    "year 9999": ("9999-12-31T23:59:59Z", True),
    "leap second": ("2016-12-31T23:59:60Z", False),
    "in the gap of spring": ("2026-03-29T02:30:00", False),
    "in both hours of autumn": ("2026-10-25T02:30:00", False),
    "an offset instead": ("2026-10-25T02:30:00+02:00", True),
    "no time": ("yesterday", False),
}


@pytest.mark.parametrize("name", list(STRANGE_TIMES))
@pytest.mark.parametrize("way", [GridDrop, ExstreamFolder], indirect=True, ids=lambda kind: kind.name)
def test_a_strange_time_is_an_instant_or_is_refused(way: LineFiles, name: str) -> None:
    """A time that two readers read as two instants makes a verdict that nobody can repeat."""
    text, is_instant = STRANGE_TIMES[name]
    held = way.hold_in_one_file(2)
    first, second = (json.loads(line) for line in way.records())
    first[way.time] = text
    way.rewrite(b"".join(json.dumps(each).encode() + b"\n" for each in (first, second)))
    batch = way.ingest()
    assert batch.quarantined == (0 if is_instant else 1)
    assert len(way.landed()) == len(held) - (0 if is_instant else 1)
    assert not is_instant or any(text in str(row) for row in way.rows()), "the text as written stands beside"


@pytest.mark.parametrize(
    "way", [CloudinaryListing, CloudinaryPoll, ExstreamRest, GridRest], indirect=True, ids=lambda kind: kind.name
)
def test_a_vendors_clock_ten_minutes_ahead_hides_nothing(way: Way) -> None:
    """A watermark taken from a clock that runs ahead skips what happens until the others have caught up."""
    way.later(minutes=10)
    held = way.hold(1)
    way.later(minutes=-10)
    way.ingest()
    way.later(minutes=1)
    held |= way.hold(1)
    way.ingest()
    way.later(minutes=30)
    way.ingest()
    assert way.landed() == sorted(held)


@pytest.mark.parametrize("way", [CloudinaryPoll], indirect=True)
def test_all_that_happens_to_an_asset_in_one_second_is_kept(way: CloudinaryPoll) -> None:
    """Versions count seconds: of two overwrites in one, the later must not replace the former in silence."""
    way.sandbox.turn("cloudinary", backups=True)
    asset = upload(way.sandbox, "one", "YQ==")["asset_id"]
    upload(way.sandbox, "one", "Yg==", overwrite=True)
    rename(way.sandbox, "one", "two")
    delete(way.sandbox, "two")
    restore(way.sandbox, "two")
    way.ingest()
    rows = [row for row in way.rows() if row["asset_id"] == asset]
    kinds = sorted(row["notification_type"] for row in rows)
    assert kinds == ["delete", "rename", "restore_asset_version", "upload", "upload"]
    etags = {row["etag"] for row in rows if row["notification_type"] == "upload"}
    assert len(etags) == 2
    assert len({row["version"] for row in rows if row["notification_type"] == "upload"}) == 1


@pytest.mark.parametrize("way", [CloudinaryListing], indirect=True)
def test_a_deleted_asset_is_told_by_a_whole_listing(way: CloudinaryListing) -> None:
    """A deletion whose notification was lost leaves the asset live in every report."""
    upload(way.sandbox, "stays")
    gone = upload(way.sandbox, "goes")["asset_id"]
    way.ingest()
    delete(way.sandbox, "goes")
    way.later(hours=2)
    source = way.source()
    ingest_stream(source, "resources", way.store, accept)
    ingest_stream(source, "asset_absences", way.store, accept)
    told = landed_rows(way.store, "cloudinary", "asset_absences")
    assert [(row["asset_id"], row["is_absent"]) for row in told] == [(gone, True)]


def told_of_absences(way: GridRest) -> list[tuple[str, bool]]:
    """Read the partners and what is gone of them; every word on that, in the order in which it was told."""
    source = way.source()
    ingest_stream(source, way.stream, way.store, accept)
    ingest_stream(source, "object_absences", way.store, accept)
    rows = landed_rows(way.store, "trading_grid", "object_absences")
    return [(row["partner_id"], row["is_absent"]) for row in rows if row["stream"] == way.stream]


@pytest.mark.parametrize("style", ["offset", "cursor"])
@pytest.mark.parametrize("way", [GridRest], indirect=True)
def test_a_deleted_object_is_told_by_a_whole_listing(way: GridRest, style: str) -> None:
    """A partner that was deleted without a word would stay in every report as it was; one that came back is there."""
    if style == "cursor":
        way.by_cursor()
    gone, *stay = sorted(way.hold(5))
    assert told_of_absences(way) == []
    way.delete(gone)
    assert told_of_absences(way) == [], "what did not change says nothing of what is gone"
    way.later(hours=25)
    way.patch(stay[0], "as it is now")
    assert told_of_absences(way) == [(gone, True)]
    (row,) = landed_rows(way.store, "trading_grid", "object_absences")
    assert row["last_seen_at_raw"] < row["listed_at_raw"]
    way.later(hours=25)
    assert told_of_absences(way) == [(gone, True)], "told again at every listing"
    way.sandbox.write_trading_grid("partners", {"partnerId": gone, "name": "back"})
    assert told_of_absences(way) == [(gone, True), (gone, False)]
    way.delete(gone)
    way.later(hours=25)
    assert told_of_absences(way) == [(gone, True), (gone, False), (gone, True)]
    assert len([row for row in way.rows() if row["partner_id"] == gone]) == 2, "what it was stays"


@pytest.mark.parametrize("way", [GridRest], indirect=True)
def test_an_object_changed_twice_in_one_second_lands_as_it_is(way: GridRest) -> None:
    """A state that is read between two changes of one second must be read again, or the older one stays."""
    (name,) = way.hold(1)
    for words in ("first", "second"):
        way.patch(name, words)
        assert way.ingest().rows == 1
    assert sorted(row["name"] for row in way.rows()) == ["first", "second"]
    assert way.ingest().rows == 0


@pytest.mark.parametrize("way", [ExstreamRest, ExstreamFolder], indirect=True, ids=lambda kind: kind.name)
def test_a_run_composed_twice_in_one_second_is_two_runs(way: ExstreamRest) -> None:
    """A run that is repeated at once has sent its letters twice: both have to be known."""
    for _ in range(2):
        compose(way.sandbox, way.settings, ["COM-twice"])
    way.ingest()
    assert way.landed() == ["COM-twice", "COM-twice"]
    assert len({row["flow_instance_id"] for row in way.rows()}) == 2
