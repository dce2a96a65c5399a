"""A run of a drop folder that was read whole and lies as it lay is not read again; every other one is."""

from __future__ import annotations

import errno
import gzip
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from assettrail.errors import TransientSourceError
from assettrail.exstream_settings import ExstreamSettings
from evidence.leaves import DispositionLeaf, encode_leaf
from ingest.exstream import settled_runs
from ingest.exstream.drop_folder import POORER_STREAMS, STREAMS, open_drop_folder
from ingest.extract import Claim, Extract
from ingest.landing import Gate, GateOutcome, LandedBatch, land
from ingest.run import ingest_streams
from ingest.schema import StreamSchema, stream_schema
from tests.adapters.ingest.test_exstream_at_rest import END, report_bytes, run_folder
from tests.unit.landing.stores import open_store, settings_in

CUSTOMER = (
    '<file name="/mnt/x/claims/jobs/f9270d5e/{instance}/docgen/{docgen}/output/Queue_1_archive/{number}.pdf">'
    '<customer number="{number}"><key name="AccountNumber">{number:010}</key>'
    '<key name="CommunicationId">COM-{number:09}</key><key name="RenderingId">R1</key>'
    '<key name="TotalPagesInDocument">2</key></customer><pageCount>2</pageCount><fileSize>4</fileSize></file>'
)
READ_BEFORE = "as they were when they were read before"


class Folder:
    """A drop folder and the store that it is landed into; `read` are the ids of the runs of the last ingest."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.report = run_folder(folder, 3)
        (self.output / "_STDDELIVERYFILE.xml").write_text(delivery("34d82d21", "1fb4201e"), encoding="utf-8")
        self.store = open_store(folder)
        self.settings = settings_in(folder)
        self.read: list[str] = []

    @property
    def output(self) -> Path:
        """The output folder of the first run."""
        return self.report.parent.parent

    @property
    def index(self) -> Path:
        """The only index."""
        (path,) = (self.folder / "home" / "settled_runs").iterdir()
        return path

    def add(self, instance: str, docgen: str) -> Path:
        """Add the run of another job, with the same customers; return its output folder."""
        path = str(self.output).replace("f9270d5e", f"job-{instance}")
        other = Path(path.replace("34d82d21", instance).replace("1fb4201e", docgen))
        shutil.copytree(self.output, other)
        (other / "_STDDELIVERYFILE.xml").write_text(delivery(instance, docgen), encoding="utf-8")
        (other / "Report_1_AssetUse" / "AssetUseReport.jsonl.gz").write_bytes(report_of(instance))
        return other

    def land(self, streams: tuple[str, ...] = STREAMS, gate: Gate | None = None) -> dict[str, LandedBatch]:
        """Land the folder; give the last batch of each stream."""
        source = open_drop_folder(self.settings, self.store, self.folder / "drop")
        source._pause = lambda _: None
        with patch.object(source, "_staged", wraps=source._staged) as staged:
            try:
                landed = ingest_streams(source, streams, self.store, gate or _accept)
                return {stream: batches[-1] for stream, batches in landed}
            finally:
                self.read = [call.args[0].run.docgen_uuid for call in staged.call_args_list]


def report_of(instance: str) -> bytes:
    """The asset-use report of a run of this flow instance."""
    lines = gzip.decompress(report_bytes(3)).decode().replace("34d82d21", instance)
    return gzip.compress(lines.replace("COM-", f"COM-{instance}-").encode())


def delivery(instance: str, docgen: str) -> str:
    """The delivery file of a run, with an output for each of three customers."""
    outputs = [CUSTOMER.format(instance=instance, docgen=docgen, number=number) for number in (1, 2, 3)]
    queue = f'<queue mimeType="application/pdf" pdl="PDF" name="archive">{"".join(outputs)}</queue>'
    return END.format(3).replace("></outputList>", f">{queue}</outputList>")


def _accept(_schema: StreamSchema, path: Path) -> GateOutcome:
    return GateOutcome("accepted", int(path.exists()))


@pytest.fixture
def drop(tmp_path: Path) -> Folder:
    """A folder of one run, which has landed."""
    made = Folder(tmp_path)
    assert made.land()["communications"].rows == 3
    assert made.read == ["1fb4201e"]
    return made


def test_only_what_is_new_is_read(drop: Folder) -> None:
    """A folder that keeps its runs for years would cost more with every run, for nothing that is new."""
    again = drop.land()
    assert drop.read == []
    assert {batch.rows for batch in again.values()} == {0}
    assert again["communications"].claim.detail.startswith(f"1 runs in the folder, 1 of them {READ_BEFORE}, each read")
    drop.add("45e93e32", "2ac5312f")
    more = drop.land()
    assert drop.read == ["2ac5312f"]
    assert (more["flow_instances"].rows, more["delivery_outputs"].claim.complete) == (1, False)
    assert more["jobs"].claim.detail.startswith(f"2 runs in the folder, 1 of them {READ_BEFORE}, each read whole")
    drop.land()
    assert drop.read == []


def test_what_was_missing_is_told_each_time(drop: Folder) -> None:
    """A claim is read alone: what it left out would look as if it had come."""
    for _ in range(2):
        landed = drop.land()
        assert drop.read == []
        assert "run 1fb4201e has no message file" in landed["engine_messages"].claim.detail
    drop.settings = drop.settings.model_copy(update={"exstream": _section()})
    drop.report.unlink()
    for _ in range(2):
        assert "run 1fb4201e has no asset-use report" in drop.land()["asset_uses"].claim.detail
    assert drop.read == []


def _section(**changes: object) -> ExstreamSettings:
    return ExstreamSettings.model_validate(
        {
            "base_url": "https://exstream.test",
            "token_url": "https://otds.test/token",
            "client_id": "reader",
            "client_secret": "none",
            "domains": ["claims"],
        }
        | changes
    )


def test_a_file_that_changes_is_read_whatever_its_time_says(drop: Folder) -> None:
    """A copy that keeps the old time and size looks alike, and tells something else."""
    path = drop.output / "_STDDELIVERYFILE.xml"
    found = path.stat()
    path.write_text(path.read_text(encoding="utf-8").replace("R1", "R2"), encoding="utf-8")
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (found.st_size, found.st_mtime_ns)
    drop.land()
    assert drop.read == ["1fb4201e"]
    (drop.output / "ExstreamMessages.dat").write_text("EX000101I begins\n", encoding="utf-8")
    assert drop.land()["engine_messages"].rows == 1
    (drop.output / "Queue_9").mkdir()
    (drop.output / "Queue_9" / "mail.html").write_text("<p>", encoding="utf-8")
    drop.land()
    assert drop.read == ["1fb4201e"]
    drop.land()
    assert drop.read == []


def test_a_run_in_doubt_is_read_until_it_is_not(drop: Folder) -> None:
    """What could not be read, or had no end, is told by each claim; and it may be read by then."""
    other = drop.add("45e93e32", "2ac5312f")
    third = drop.add("56fa4f43", "3bd64230")
    report = other / "Report_1_AssetUse" / "AssetUseReport.jsonl.gz"
    report.write_bytes(report.read_bytes()[:-20])
    whole = delivery("56fa4f43", "3bd64230")
    (third / "_STDDELIVERYFILE.xml").write_text(whole.removesuffix("</outputList>"), encoding="utf-8")
    for _ in range(2):
        landed = drop.land()
        assert {"2ac5312f", "3bd64230"} <= set(drop.read)
        assert "1 records could not be read" in landed["asset_uses"].claim.detail
        assert "run 3bd64230 has a delivery file without an end" in landed["asset_uses"].claim.detail
    (third / "_STDDELIVERYFILE.xml").write_text(whole, encoding="utf-8")
    report.write_bytes(report_of("45e93e32"))
    drop.land()
    assert {"2ac5312f", "3bd64230"} <= set(drop.read)
    drop.land()
    assert drop.read == []


@pytest.mark.parametrize(
    "name",
    ["_STDDELIVERYFILE.xml", "ExstreamMessages.dat", "Report_1_AssetUse", "Report_1_AssetUse/AssetUseReport.jsonl.gz"],
)
def test_a_link_in_a_run_is_not_followed(drop: Folder, name: str) -> None:
    """Whoever may write to the folder reads what we may read; and what changes behind a link is seen by nobody."""
    other = drop.add("45e93e32", "2ac5312f")
    (other / "ExstreamMessages.dat").write_text("EX000101I begins\n", encoding="utf-8")
    shutil.move(other / name, drop.folder / "elsewhere")
    (other / name).symlink_to(drop.folder / "elsewhere")
    landed = drop.land()
    assert {batch.rows for batch in landed.values()} == {0}
    assert "run 2ac5312f was left, a file of it cannot be read: a symbolic link" in landed["jobs"].claim.detail
    drop.land()
    assert drop.read == ["2ac5312f"]
    (other / name).unlink()
    shutil.move(drop.folder / "elsewhere", other / name)
    assert drop.land()["communications"].rows == 3
    drop.land()
    assert drop.read == []


def test_a_link_beside_the_files_of_a_run_keeps_it_from_being_settled(drop: Folder) -> None:
    """A queue that lies elsewhere changes without its run lying otherwise."""
    (drop.output / "Queue_9").symlink_to(drop.folder)
    for _ in range(2):
        drop.land()
        assert drop.read == ["1fb4201e"]


def test_a_path_that_is_no_text_costs_its_own_run(drop: Folder) -> None:
    """One folder with bytes in its name that are no UTF-8 ended the ingest of all others, and of every stream."""
    other = drop.add("45e93e32", "2ac5312f").parent
    drop.add("56fa4f43", "3bd64230")
    other.rename(other.parent / os.fsdecode(b"2ac\xff312f"))
    landed = drop.land()
    assert landed["communications"].rows == 3
    assert (
        "run 2ac\ufffd312f was left, a file of it cannot be read: its path is no UTF-8" in landed["jobs"].claim.detail
    )


def test_folders_of_any_depth_are_looked_through(drop: Folder) -> None:
    """A thousand folders in one another, which anybody can make, ended the ingest with a traceback."""
    deep = drop.output.joinpath(*["d"] * 1200)
    drop.add("45e93e32", "2ac5312f")
    place = os.open(drop.output, os.O_RDONLY)
    for _ in range(1200):
        os.mkdir("d", dir_fd=place)
        below = os.open("d", os.O_RDONLY, dir_fd=place)
        os.close(place)
        place = below
    os.close(place)
    drop.land()
    os.removedirs(deep)  # Of itself `shutil` would not get so far.
    assert drop.read == ["2ac5312f"]


def test_what_was_rejected_is_read_again(tmp_path: Path) -> None:
    """Whoever rejects a batch takes its rows out: unless its run is read again they never come back."""
    drop = Folder(tmp_path)
    held = drop.land(gate=lambda *_: GateOutcome("held", 1))["communications"]
    drop.land()
    assert drop.read == []
    assert held.load_id is not None
    decision = DispositionLeaf(held.load_id, "rejected", "officer", "counted twice", datetime(2026, 2, 2, tzinfo=UTC))
    drop.store.log.append([encode_leaf(decision)])
    assert drop.land()["communications"].rows == 3
    assert drop.read == ["1fb4201e"]
    drop.land()
    assert drop.read == []


def test_what_did_not_land_whole_is_read_again(tmp_path: Path) -> None:
    """Half an ingest that counts as one would leave the other half behind for ever."""
    drop = Folder(tmp_path)
    drop.land(STREAMS[:3])
    drop.land()
    assert drop.read == ["1fb4201e"]
    drop.add("45e93e32", "2ac5312f")

    def fails(schema: StreamSchema, path: Path) -> GateOutcome:
        if schema.name == "asset_uses":
            raise TransientSourceError("to judge", "a machine that went down", "an answer", "try again")
        return _accept(schema, path)

    with pytest.raises(TransientSourceError):
        drop.land(gate=fails)
    assert drop.land()["asset_uses"].rows == 3
    assert drop.read == ["2ac5312f"]
    drop.land()
    assert drop.read == []


@pytest.mark.parametrize(
    "changes",
    [{"kept_profile_fields": ["tier"]}, {"recipient_keys": {"AccountNumber": "customer"}}, {"engine_zone": "UTC"}],
    ids=lambda each: next(iter(each)),
)
def test_what_means_something_else_is_read_again(drop: Folder, changes: dict[str, object]) -> None:
    """A setting that was corrected must reach the runs that are there already."""
    drop.settings = drop.settings.model_copy(update={"exstream": _section()})
    drop.land()
    drop.land()
    assert drop.read == []
    drop.settings = drop.settings.model_copy(update={"exstream": _section(**changes)})
    drop.land()
    assert drop.read == ["1fb4201e"]


def test_a_mapping_that_changes_is_another_meaning(drop: Folder, tmp_path: Path) -> None:
    """A corrected mapping has its report read again, under its old name and path."""
    mapping = tmp_path / "mapping.toml"
    shipped = Path(__file__).parents[3] / "ingest" / "exstream" / "mappings"
    first = shipped / "letter_register.toml"
    shutil.copy(first, mapping)
    section = _section(report_mappings=[str(mapping)])
    drop.settings = drop.settings.model_copy(update={"exstream": section})
    drop.land()
    drop.land()
    assert drop.read == []
    mapping.write_text(mapping.read_text(encoding="utf-8") + "\n# corrected\n", encoding="utf-8")
    drop.land()
    assert drop.read == ["1fb4201e"]


@pytest.mark.parametrize("damage", ["gone", "no JSON", "another log", "no such entry", "not a list"])
def test_an_index_that_does_not_count_has_all_read(drop: Folder, damage: str) -> None:
    """It saves reading, and must never decide what lands."""
    index = json.loads(drop.index.read_bytes())
    damaged: dict[str, Callable[[], object]] = {
        "gone": drop.index.unlink,
        "no JSON": lambda: drop.index.write_bytes(drop.index.read_bytes()[:-9]),
        "another log": lambda: drop.index.write_text(json.dumps(index | {"leaf": "ab" * 32})),
        "no such entry": lambda: drop.index.write_text(json.dumps(index | {"log_index": 1 << 40})),
        "not a list": lambda: drop.index.write_text(json.dumps(index | {"runs": None})),
    }
    damaged[damage]()
    assert drop.land()["communications"].rows == 0
    assert drop.read == ["1fb4201e"]
    drop.land()
    assert drop.read == []


def test_a_run_that_is_gone_leaves_the_index(drop: Folder) -> None:
    """An index that only grows costs more with every run that was cleared away."""
    other = drop.add("45e93e32", "2ac5312f")
    drop.land()
    assert len(json.loads(drop.index.read_bytes())["runs"]) == 2
    shutil.rmtree(other.parents[2])
    drop.land()
    assert len(json.loads(drop.index.read_bytes())["runs"]) == 1


def test_another_folder_has_an_index_of_its_own(drop: Folder) -> None:
    """Two folders in turn would each have the other read again."""
    shutil.copytree(drop.folder / "drop", drop.folder / "second" / "drop")
    first = drop.folder
    drop.folder = drop.folder / "second"
    assert drop.land()["communications"].rows == 0
    assert drop.read == ["1fb4201e"]
    drop.folder = first
    drop.land()
    assert drop.read == []


def test_a_time_without_fractions_is_believed_when_it_is_old(drop: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system that counts seconds shows two writings in one second as one, and the later would never be read."""
    real = os.stat_result
    now = time.time_ns() // 10**9

    def coarse(folder: Path | str) -> Iterator[tuple[str, os.stat_result]]:
        for path, found in below(folder):
            seconds = [*found][:7] + [now] * 3
            yield path, real(seconds, {"st_mtime_ns": now * 10**9, "st_ctime_ns": now * 10**9})

    below = settled_runs._below
    monkeypatch.setattr(settled_runs, "_below", coarse)
    for _ in range(2):
        drop.land()
        assert drop.read == ["1fb4201e"]
    now -= 61
    drop.land()
    drop.land()
    assert drop.read == []


def test_another_release_reads_all_once_more(drop: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """A release that reads more in the same files must reach those that are there already."""
    monkeypatch.setattr(settled_runs, "__version__", "99")
    drop.land()
    assert drop.read == ["1fb4201e"]
    drop.land()
    assert drop.read == []


def test_a_domain_that_rest_does_not_read_lands_all_streams(tmp_path: Path) -> None:
    """Where REST reads one domain, jobs and messages of another one that comes as a folder would land never."""
    drop = Folder(tmp_path)
    (drop.output / "ExstreamMessages.dat").write_text("EX000101I begins\n", encoding="utf-8")
    told = Claim(None, drop.store.clock.now(), complete=True, how="equal_counts", detail="")
    mark = {"complete_to": drop.store.clock.now().isoformat()}
    for stream in POORER_STREAMS:
        land(drop.store, stream_schema("exstream", stream), Extract([], [], told, mark), _accept)
    drop.settings = drop.settings.model_copy(update={"exstream": _section(domains=["claims"])})
    assert {drop.land()[stream].rows for stream in POORER_STREAMS} == {0}
    drop.settings = drop.settings.model_copy(update={"exstream": _section(domains=["policies"])})
    assert {stream: batch.rows for stream, batch in drop.land().items() if stream in POORER_STREAMS} == {
        "jobs": 1,
        "flow_instances": 1,
        "engine_messages": 1,
    }


def test_what_may_hide_runs_is_told(drop: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs behind a link or in a folder that this user may not read would be missing without a word."""
    outside = drop.folder / "outside" / "claims"
    outside.mkdir(parents=True)
    (drop.folder / "drop" / "more").symlink_to(outside.parent)
    (drop.folder / "drop" / "same").symlink_to(drop.output)
    closed = drop.folder / "drop" / "closed"
    closed.mkdir()
    scan = os.scandir

    def refusing(path: str | Path = ".") -> Any:
        if Path(path) == closed:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refusing)
    told = drop.land()["jobs"].claim.detail
    assert "the folder closed cannot be read: Permission denied; the folder more is a link, which is not f" in told
    assert "same" not in told
    assert "each read whole" not in told


def test_a_name_that_is_no_text_leaves_its_run_alone(drop: Folder) -> None:
    """One folder with a name of another encoding would stop the ingest of all runs."""
    other = drop.add("45e93e32", "2ac5312f")
    strange = other.parents[2].rename(other.parents[2].with_name(os.fsdecode(b"2\xe9c")))
    third = drop.add("56fa4f43", "3bd64230")
    landed = drop.land()
    assert landed["communications"].rows == 3
    assert third.parent.name in drop.read
    assert "its path is no UTF-8" in landed["communications"].claim.detail
    assert strange.exists()


def test_runs_that_do_not_fit_the_layout_are_told(drop: Folder) -> None:
    """Whoever has other folders than the usual ones would read of no run, and of nothing that is wrong."""
    (drop.folder / "drop").rename(drop.folder / "old")
    strange = drop.folder / "drop" / "2026" / "run-7"
    strange.mkdir(parents=True)
    (strange / "_STDDELIVERYFILE.xml").write_text(delivery("34d82d21", "1fb4201e"), encoding="utf-8")
    told = drop.land()["jobs"].claim.detail
    assert "1 folders with a delivery file, first 2026/run-7, do not fit exstream.run_layout.run_folder" in told
