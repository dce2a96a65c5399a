"""A run folder whose files are sealed and read while nobody knows yet whether they rest."""

from __future__ import annotations

import errno
import gzip
import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from assettrail.errors import ConfigurationError, TransientSourceError
from ingest.exstream import report_file, report_worker
from ingest.exstream.drop_folder import DropFolderSource, open_drop_folder
from ingest.landing import GateOutcome, LandedBatch
from ingest.landing_store import LandingStore
from ingest.run import ingest_streams
from tests.adapters.ingest.stand_ins import landed_rows
from tests.unit.ingest.test_report_columns import plain_line
from tests.unit.landing.stores import open_store, settings_in

OUTPUT = "claims/jobs/f9270d5e/34d82d21/docgen/1fb4201e/output"
END = '<?xml version="1.0" encoding="UTF-8"?><outputList transactions="0" customersProcessed="{}"></outputList>'
LINES = 3000


def run_folder(folder: Path, lines: int = LINES) -> Path:
    """The output folder of a run with a compressed report; return the report."""
    output = folder / "drop" / OUTPUT
    report = output / "Report_1_AssetUse" / "AssetUseReport.jsonl.gz"
    report.parent.mkdir(parents=True)
    report.write_bytes(report_bytes(lines))
    (output / "_STDDELIVERYFILE.xml").write_text(END.format(lines), encoding="utf-8")
    return report


def report_bytes(lines: int) -> bytes:
    made = [json.dumps({**plain_line(number), "flow_instance_id": "34d82d21"}) for number in range(lines)]
    return gzip.compress("\n".join(made).encode(), 1)


def opened(folder: Path, store: LandingStore, pause: Callable[[float], None] = lambda _: None) -> DropFolderSource:
    source = open_drop_folder(settings_in(folder), store, folder / "drop")
    source._pause = pause
    return source


def land(source: DropFolderSource, store: LandingStore) -> dict[str, LandedBatch]:
    landed = ingest_streams(
        source, source.streams(), store, lambda _, path: GateOutcome("accepted", int(path.exists()))
    )
    return {stream: batches[-1] for stream, batches in landed}


def raw_files(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "home" / "raw").rglob("*") if path.is_file())


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports of any size are read by several processes, and ahead."""
    monkeypatch.setattr(report_file, "SMALLEST_SHARED", 0)


@pytest.mark.usefixtures("shared")
def test_what_is_read_ahead_lands_as_what_is_read_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading early must change when, never what."""
    run_folder(tmp_path)
    store = open_store(tmp_path)
    source = opened(tmp_path, store)
    read: list[str] = []
    monkeypatch.setattr(source._run_files, "_read_opened", noted(read, "ahead", source._run_files._read_opened))
    ahead = land(source, store)
    assert read == ["ahead"]
    monkeypatch.setattr(report_file, "SMALLEST_SHARED", 1 << 40)
    run_folder(tmp_path / "again")
    other = open_store(tmp_path / "again")
    afterwards = land(opened(tmp_path / "again", other), other)
    assert {stream: batch.rows for stream, batch in ahead.items()} == {
        stream: batch.rows for stream, batch in afterwards.items()
    }
    assert ahead["communications"].rows == LINES


def noted(read: list[str], word: str, work: Callable[..., object]) -> Callable[..., object]:
    def call(*arguments: object) -> object:
        read.append(word)
        return work(*arguments)

    return call


@pytest.mark.usefixtures("shared")
def test_a_report_that_grows_while_it_is_read_ahead_leaves_nothing(tmp_path: Path) -> None:
    """Half a report that was sealed early would be evidence of something that nobody sent."""
    report = run_folder(tmp_path)
    store = open_store(tmp_path)
    growing = land(opened(tmp_path, store, lambda _: append(report, gzip.compress(b"\n"))), store)
    assert {batch.rows for batch in growing.values()} == {0}
    assert "is still being written" in growing["asset_uses"].claim.detail
    assert raw_files(tmp_path) == []
    at_rest = land(opened(tmp_path, store), store)
    assert at_rest["communications"].rows == LINES
    assert len(raw_files(tmp_path)) == 2
    statuses = {row["status"] for name in ("jobs", "flow_instances") for row in landed_rows(store, "exstream", name)}
    assert statuses == {"composed"}, "that the job is complete would be guessed: a later step may have failed"


def append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


def test_a_file_that_changes_while_it_is_sealed_is_still_being_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A vendor writes when we read: that is a run for the next ingest, not a failure of this one."""
    report = run_folder(tmp_path, 3)
    store = open_store(tmp_path)
    sealed_open = store.raw.stage

    def stage(source: object, called: str) -> object:
        return sealed_open(Growing(source, report) if called == str(report) else source, called)  # type: ignore[arg-type]

    monkeypatch.setattr(store.raw, "stage", stage)
    left = land(opened(tmp_path, store), store)
    assert "is still being written" in left["communications"].claim.detail
    assert raw_files(tmp_path) == []
    monkeypatch.undo()
    assert land(opened(tmp_path, store), store)["communications"].rows == 3


def test_no_report_is_read_while_the_delivery_file_has_no_end(tmp_path: Path) -> None:
    """The engine writes reports until its manifest is closed: one that pauses leaves a report that looks whole."""
    manifest = run_folder(tmp_path, 3).parent.parent / "_STDDELIVERYFILE.xml"
    manifest.write_text(END.format(3).removesuffix("</outputList>"), encoding="utf-8")
    store = open_store(tmp_path)
    begun = land(opened(tmp_path, store), store)
    assert {begun[stream].rows for stream in ("communications", "renderings", "asset_uses")} == {0}
    assert "its reports were not read" in begun["communications"].claim.detail
    assert len(raw_files(tmp_path)) == 1
    manifest.write_text(END.format(3), encoding="utf-8")
    assert land(opened(tmp_path, store), store)["communications"].rows == 3


def test_a_look_waits_until_the_youngest_file_rests(tmp_path: Path) -> None:
    """An engine that pauses for two seconds has not written its report to the end."""
    report = run_folder(tmp_path, 1)
    store = open_store(tmp_path)
    waited: list[float] = []
    for age in (0.0, 3.0, 60.0, -600.0):
        written = time.time() - age
        os.utime(report, (written, written))
        os.utime(report.parent.parent / "_STDDELIVERYFILE.xml", (written - 3600, written - 3600))
        opened(tmp_path, store, waited.append).beside()
    assert [round(seconds + 0.4) for seconds in waited] == [5, 2, 1, 5]


def test_a_run_that_cannot_be_read_or_has_no_messages_is_told(tmp_path: Path) -> None:
    """A run that is left without a word is one that was never composed, and no messages are no warnings."""
    report = run_folder(tmp_path, 3)
    other = Path(str(report.parent).replace("34d82d21", "45e93e32").replace("1fb4201e", "2ac5312f"))
    shutil.copytree(report.parent.parent, other.parent)
    os.mkfifo(other.parent / "Report_1_AssetUse" / "AssetUseReport.jsonl")
    store = open_store(tmp_path)
    landed = land(opened(tmp_path, store), store)
    assert (landed["communications"].rows, landed["jobs"].rows) == (3, 1)
    assert "run 2ac5312f was left" in landed["communications"].claim.detail
    assert "no message file" not in landed["communications"].claim.detail
    assert "run 1fb4201e has no message file" in landed["engine_messages"].claim.detail
    (report.parent.parent / "ExstreamMessages.dat").write_text("EX000101I begins\n", encoding="utf-8")
    assert "no message file" not in land(opened(tmp_path, store), store)["engine_messages"].claim.detail


class Growing:
    """An open file that another process writes on between the two times that it is read."""

    def __init__(self, source: object, path: Path) -> None:
        self._source, self._path, self._seeks = source, path, 0

    def seek(self, place: int) -> int:
        """Go to a place; the file grows before the second time."""
        self._seeks += 1
        if self._seeks == 2:
            append(self._path, gzip.compress(b"\n"))
        return int(self._source.seek(place))  # type: ignore[attr-defined]

    def read(self, size: int) -> bytes:
        """Read on."""
        return bytes(self._source.read(size))  # type: ignore[attr-defined]


@pytest.mark.usefixtures("shared")
def test_a_run_that_vanishes_gives_up_what_was_read_ahead(tmp_path: Path) -> None:
    """A file that is gone at the second look leaves nothing of its run; the next ingest begins anew."""
    report = run_folder(tmp_path)
    store = open_store(tmp_path)
    data = report.read_bytes()
    vanishing = opened(tmp_path, store, lambda _: (report.parent.parent / "_STDDELIVERYFILE.xml").unlink())
    gone = land(vanishing, store)
    assert {batch.rows for batch in gone.values()} == {0}
    assert "is still being written" in gone["communications"].claim.detail
    assert vanishing._run_files._ahead is None
    assert raw_files(tmp_path) == []
    assert "no delivery file that can be read" in land(opened(tmp_path, store), store)["jobs"].claim.detail
    (report.parent.parent / "_STDDELIVERYFILE.xml").write_text(END.format(LINES), encoding="utf-8")
    assert report.read_bytes() == data
    assert land(opened(tmp_path, store), store)["asset_uses"].rows == LINES


@pytest.mark.usefixtures("shared")
def test_what_reading_ahead_met_is_told_when_it_is_asked_for(tmp_path: Path) -> None:
    """An error in another thread that nobody hears of would be a report that lands empty."""
    report = run_folder(tmp_path)
    report.write_bytes(report.read_bytes()[:-20])
    store = open_store(tmp_path)
    cut = land(opened(tmp_path, store), store)
    assert (cut["communications"].rows, cut["communications"].quarantined) == (0, 1)

    source = opened(tmp_path, store)
    report.write_bytes(report_bytes(LINES))
    for worker in source._run_files._started()._workers:
        worker.kill()
    with pytest.raises(TransientSourceError, match="a process that ended with -9"):
        land(source, store)
    land(opened(tmp_path, store), store)
    assert sum(batch.leaf.rows for batch in store.ledger.of_stream("exstream", "communications")) == LINES


def test_a_disk_that_is_full_while_rows_are_laid_aside_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no fault of the report's: neither a traceback nor quarantine, and the next ingest lands it."""
    run_folder(tmp_path)
    store = open_store(tmp_path)

    def full(path: Path, _table: object) -> object:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    with monkeypatch.context() as patched:
        patched.setattr(report_worker, "laid_aside", full)
        with pytest.raises(ConfigurationError, match=r"No space left on device.* bytes are free on the disk of"):
            land(opened(tmp_path, store), store)
    landed = land(opened(tmp_path, store), store)["communications"]
    assert (landed.rows, landed.unreadable) == (LINES, 0)
