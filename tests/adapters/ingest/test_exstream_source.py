"""Exstream's streams against the stand-in: the walk, its faults, and what is claimed of them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

import ingest.exstream.delivery_file as exstream_delivery_file
import ingest.exstream.delivery_text as exstream_delivery_text
import ingest.exstream.streams as exstream_streams
from assettrail.clock import FixedClock
from assettrail.settings import Settings
from ingest.exstream import run_files
from ingest.exstream.drop_folder import open_drop_folder
from ingest.landing import LandedBatch
from ingest.landing_store import LandingStore
from ingest.schema import stream_schema
from ingest.sources import open_source
from tests.adapters.ingest.stand_ins import Sandbox, land_all, landed_rows

Fresh = Callable[[str], str]
MAPPINGS = Path(__file__).parents[3] / "ingest" / "exstream" / "mappings"
FILE_STREAMS = ("delivery_outputs", "engine_messages", "communications", "renderings", "asset_uses", "output_links")


@pytest.fixture
def at(sandbox: Sandbox, settings: Settings) -> Settings:
    """The clock at 2026-02-10 08:00, small pages, and HTML outputs that are read."""
    sandbox.set_clock("2026-02-10T08:00:00Z")
    assert settings.exstream is not None
    chosen = {"page_size": 2, "html_outputs_per_run": 10}
    return settings.model_copy(update={"exstream": settings.exstream.model_copy(update=chosen)})


def domain(settings: Settings) -> str:
    assert settings.exstream is not None
    return settings.exstream.domains[0]


def letters(stem: str, count: int) -> list[Mapping[str, object]]:
    """Driver data: `count` communications with one rendering of two uses each."""
    url = "http://127.0.0.1/assettrail-sandbox/image/upload/v1768035600/brand/hero.png"
    uses = [
        {"ordinal": 1, "binding": "embedded", "asset_reference": {"asset_id": "a" * 32, "version": 1768035600}},
        {"ordinal": 2, "binding": "live_url", "url": url},
    ]
    return [
        {
            "account_number": f"ACC-{number:07d}",
            "communication_id": f"{stem}-{number}",
            "recipient_id": f"C-{number:07d}",
            "template_id": "T1",
            "renderings": [{"rendering_id": "r", "channel": "email", "queue_name": "email", "uses": uses}],
        }
        for number in range(count)
    ]


def land(settings: Settings, store: LandingStore) -> dict[str, LandedBatch]:
    """The last batch of each stream."""
    return {
        stream: batches[-1] for stream, batches in land_all(open_source(settings, "exstream", store), store).items()
    }


def test_a_run_lands_in_its_streams_and_only_once(
    sandbox: Sandbox, at: Settings, store: LandingStore, fresh: Fresh
) -> None:
    """What was sent to whom is the first half of every answer that this product gives."""
    stem = fresh("COM")
    for part in range(3):
        sandbox.run_exstream(domain(at), "statements", letters(f"{stem}-{part}", 2))
    landed = land(at, store)
    assert {stream: batch.rows for stream, batch in landed.items()} == {
        "jobs": 3,
        "flow_instances": 3,
        "flow_steps": 9,
        "resource_references": 3,
        "delivery_outputs": 6,
        "engine_messages": landed["engine_messages"].rows,
        "communications": 6,
        "renderings": 6,
        "asset_uses": 12,
        "output_links": 6,
        "resources": 1,
        "resource_history": 1,
        "design_links": 0,
        "resource_links": 0,
    }
    assert all(batch.claim.complete and batch.quarantined == 0 for batch in landed.values())
    for stream in (name for name, batch in landed.items() if batch.rows):
        (row, *_) = landed_rows(store, "exstream", stream)
        data = {column for column in row if not column.startswith("_")}
        assert data == set(stream_schema("exstream", stream).columns)
    uses = landed_rows(store, "exstream", "asset_uses")
    assert {row["delivery_public_id"] for row in uses} == {None, "brand/hero"}
    again = land(at, store)
    assert {batch.rows for batch in again.values()} == {0}
    assert {batch.claim.window_from for batch in again.values()} == {datetime(2026, 2, 10, 8, tzinfo=UTC)}


def test_no_recipient_stands_anywhere_in_landing(
    sandbox: Sandbox, at: Settings, store: LandingStore, fresh: Fresh
) -> None:
    """Landing files are copied and queried freely; an account number in one of them is a breach."""
    sandbox.run_exstream(domain(at), "statements", letters(fresh("COM"), 3))
    land(at, store)
    for stream in FILE_STREAMS:
        text = str(landed_rows(store, "exstream", stream))
        assert "ACC-000000" not in text
        assert "C-000000" not in text


def test_a_late_job_of_the_day_before_is_still_found(
    sandbox: Sandbox, at: Settings, store: LandingStore, fresh: Fresh
) -> None:
    """Filters are by day: a watermark without overlap loses what started before midnight and showed after."""
    sandbox.run_exstream(domain(at), "statements", letters(fresh("COM"), 1))
    land(at, store)
    sandbox.set_clock("2026-02-09T23:59:00Z")
    sandbox.run_exstream(domain(at), "statements", letters(fresh("COM"), 1))
    sandbox.set_clock("2026-02-11T08:00:00Z")
    assert land(at, store)["communications"].rows == 1


def test_a_running_job_is_not_claimed_and_is_read_when_it_ends(
    sandbox: Sandbox, at: Settings, store: LandingStore, fresh: Fresh
) -> None:
    """Claiming the time of a running job would prove that its letters do not exist."""
    sandbox.turn("exstream", jobs_running=True)
    sandbox.run_exstream(domain(at), "statements", letters(fresh("COM"), 1))
    sandbox.set_clock("2026-02-20T08:00:00Z")
    running = land(at, store)
    assert running["communications"].rows == 0
    assert running["communications"].claim.window_to == datetime(2026, 2, 10, 8, tzinfo=UTC)
    sandbox.turn("exstream", reset=True)
    sandbox.run_exstream(domain(at), "other", letters(fresh("COM"), 1))
    ended = land(at, store)
    assert ended["communications"].rows == 2
    assert ended["communications"].claim.window_to == datetime(2026, 2, 20, 8, tzinfo=UTC)


def test_a_corrupt_delivery_file_costs_only_itself(
    sandbox: Sandbox, at: Settings, store: LandingStore, fresh: Fresh
) -> None:
    """One half-written manifest must neither stop the night nor pass as whole."""
    sandbox.run_exstream(domain(at), "statements", letters(fresh("COM"), 2))
    sandbox.turn("exstream", corrupt_delivery_file=True)
    sandbox.run_exstream(domain(at), "statements", letters(fresh("COM"), 2))
    sandbox.turn("exstream", reset=True)
    landed = land(at, store)
    outputs = landed["delivery_outputs"]
    assert (outputs.rows, outputs.quarantined, outputs.claim.complete) == (2, 1, False)
    assert "closing tag" in outputs.claim.detail
    assert landed["communications"].rows == 4
    assert landed["communications"].claim.complete
    window = outputs.claim.window_from
    assert land(at, store)["delivery_outputs"].claim.window_from == window


def test_files_that_are_gone_are_a_gap_and_not_an_error(
    sandbox: Sandbox, at: Settings, store: LandingStore, fresh: Fresh
) -> None:
    """Files expire at the vendor; the gap has to be visible for good, and the rest has to land."""
    sandbox.run_exstream(domain(at), "statements", letters(fresh("COM"), 1))
    sandbox.turn("exstream", expired_files=True)
    landed = land(at, store)
    assert landed["jobs"].rows == 1
    assert landed["jobs"].claim.complete
    claim = landed["communications"].claim
    assert (claim.complete, claim.how) == (False, "known_gap")
    assert "is gone (404 or 410)" in claim.detail


def test_a_large_walk_is_landed_in_batches(
    sandbox: Sandbox, at: Settings, store: LandingStore, fresh: Fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A first load of months has to fit into memory, and only its last batch may claim anything."""
    monkeypatch.setattr(run_files, "ROWS_PER_BATCH", 1)
    for _ in range(3):
        sandbox.run_exstream(domain(at), "statements", letters(fresh("COM"), 2))
    batches = land_all(open_source(at, "exstream", store), store)["asset_uses"]
    assert [batch.rows for batch in batches] == [4, 4, 4]
    assert [batch.claim.complete for batch in batches] == [False, False, True]


def test_a_report_that_was_cut_in_silence_is_doubted_and_asked_for_again(
    sandbox: Sandbox, at: Settings, store: LandingStore, fresh: Fresh
) -> None:
    """A proxy can cut a body at a line's end so that nothing on the wire shows it; the manifest does."""
    sandbox.run_exstream(domain(at), "statements", letters(fresh("COM"), 3))
    (report,) = Path(sandbox.endpoints["exstream"]["output_folder"]).rglob("AssetUseReport.jsonl")
    first_line = len(report.read_bytes().partition(b"\n")[0]) + 1
    sandbox.turn("exstream", path="/artifact/", truncate_body_after=first_line, times=1, truncate_silently=True)
    cut = land(at, store)["asset_uses"]
    assert (cut.rows, cut.quarantined, cut.claim.complete) == (2, 0, False)
    assert "has 1 lines for 3 customers" in cut.claim.detail
    whole = land(at, store)["asset_uses"]
    assert (whole.rows, whole.claim.complete, whole.claim.window_from) == (4, True, None)


def test_a_job_dated_in_the_future_does_not_hide_those_that_start_until_then(
    sandbox: Sandbox, at: Settings, store: LandingStore, fresh: Fresh
) -> None:
    """A wrong clock at the vendor, once, must not make every later job look as if it had been read."""
    store.clock = FixedClock(datetime(2026, 2, 10, 9, tzinfo=UTC))
    sandbox.set_clock("2027-06-01T00:00:00Z")
    sandbox.run_exstream(domain(at), "statements", letters(fresh("AHEAD"), 1))
    assert land(at, store)["communications"].rows == 1
    sandbox.set_clock("2026-02-10T08:30:00Z")
    sandbox.run_exstream(domain(at), "statements", letters(fresh("TODAY"), 1))
    assert land(at, store)["communications"].rows == 1


@pytest.mark.parametrize("name", ["_STDDELIVERYFILE.xml", "AssetUseReport.jsonl"])
def test_what_never_ends_in_the_folder_keeps_only_its_own_run(
    sandbox: Sandbox, at: Settings, store: LandingStore, fresh: Fresh, tmp_path: Path, name: str
) -> None:
    """A pipe or device would be read for ever, or until the memory is gone; the runs beside it are as good as ever."""
    for _ in range(2):
        sandbox.run_exstream(domain(at), "statements", letters(fresh("COM"), 1))
    folder = tmp_path / "drop"
    shutil.copytree(Path(sandbox.endpoints["exstream"]["output_folder"]) / domain(at), folder / domain(at))
    found = next(folder.rglob(name))
    found.unlink()
    os.mkfifo(found)
    landed = land_all(open_drop_folder(at, store, folder), store)
    assert (landed["delivery_outputs"][0].rows, landed["communications"][0].rows, landed["jobs"][0].rows) == (1, 1, 1)
    assert "a file of it cannot be read: a pipe, device or folder" in landed["communications"][0].claim.detail


def test_a_folder_gives_the_same_records_as_rest(
    sandbox: Sandbox, at: Settings, store: LandingStore, fresh: Fresh
) -> None:
    """Whoever cannot reach REST must get the same verdicts from the output folder.

    The message files of the two runs have the same bytes.
    """
    for _ in range(2):
        sandbox.run_exstream(domain(at), "statements", letters(fresh("COM"), 2))
    folder = Path(sandbox.endpoints["exstream"]["output_folder"]) / domain(at)
    from_folder = land_all(open_drop_folder(at, store, folder), store)
    assert {stream: batches[0].rows for stream, batches in from_folder.items()} == {
        "jobs": 2,
        "flow_instances": 2,
        "delivery_outputs": 4,
        "engine_messages": from_folder["engine_messages"][0].rows,
        "communications": 4,
        "renderings": 4,
        "asset_uses": 8,
        "output_links": 4,
    }
    over_rest = land(at, store)
    same = ("delivery_outputs", "communications", "renderings", "asset_uses", "output_links")
    assert {over_rest[stream].rows for stream in same} == {0}
    messages = landed_rows(store, "exstream", "engine_messages")
    told: dict[bool, list[tuple[object, ...]]] = {True: [], False: []}
    for row in messages:
        of_run = ("engine_run_id", "flow_step_id")
        values = (value for name, value in row.items() if name not in of_run and not name.startswith("_"))
        told[row["flow_step_id"] is None].append(tuple(values))
    assert sorted(told[True], key=str) == sorted(told[False], key=str)
    assert len(set(told[True])) == len(told[True]) > 0
    assert len({row["source_file_sha256"] for row in messages}) == 1
    assert len({row["flow_instance_id"] for row in messages}) == 2
    assert len({row["engine_run_id"] for row in messages}) == 4  # Two steps over REST, two folders.
    once_more = land_all(open_drop_folder(at, store, folder), store)
    assert {batch.rows for batches in once_more.values() for batch in batches} == {0}


def test_a_delivery_file_of_many_batches_lands_whole_or_not_at_all(
    sandbox: Sandbox, at: Settings, store: LandingStore, fresh: Fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large manifest is laid aside in parts: none may be lost, and none of a broken file may land."""
    monkeypatch.setattr(exstream_streams, "ROWS_PER_TABLE", 1)
    monkeypatch.setattr(exstream_delivery_file, "BATCH_OUTPUTS", 1)
    monkeypatch.setattr(exstream_delivery_text, "CHUNK_BYTES", 500)
    sandbox.run_exstream(domain(at), "statements", letters(fresh("COM"), 5))
    folder = Path(sandbox.endpoints["exstream"]["output_folder"]) / domain(at)
    (manifest,) = folder.rglob("_STDDELIVERYFILE.xml")
    whole = manifest.read_bytes()
    manifest.write_bytes(whole.replace("</file>".encode("utf-16-le"), "</fail>".encode("utf-16-le"), 4)[: len(whole)])
    broken = land_all(open_drop_folder(at, store, folder), store)["delivery_outputs"][0]
    assert (broken.rows, broken.quarantined) == (0, 1)
    parts = whole.rpartition("</file>".encode("utf-16-le"))
    manifest.write_bytes(parts[0] + "</fail>".encode("utf-16-le") + parts[2])
    broken_late = land_all(open_drop_folder(at, store, folder), store)["delivery_outputs"][0]
    assert (broken_late.rows, broken_late.quarantined) == (0, 1)
    manifest.write_bytes(whole)
    landed = land_all(open_drop_folder(at, store, folder), store)["delivery_outputs"]
    assert sum(batch.rows for batch in landed) == 5
    assert land(at, store)["delivery_outputs"].rows == 0


@pytest.mark.parametrize("is_empty", [True, False])
def test_a_folder_claims_no_window(
    sandbox: Sandbox, at: Settings, store: LandingStore, fresh: Fresh, tmp_path: Path, is_empty: bool
) -> None:
    """A manifest speaks for its run: an empty or emptied folder would prove that no letter was ever composed."""
    sandbox.run_exstream(domain(at), "statements", letters(fresh("COM"), 1))
    folder = tmp_path / "empty" if is_empty else Path(sandbox.endpoints["exstream"]["output_folder"])
    folder.mkdir(exist_ok=True)
    batches = [batch for found in land_all(open_drop_folder(at, store, folder), store).values() for batch in found]
    assert {(batch.claim.complete, batch.claim.how) for batch in batches} == {(False, "unknown")}
    assert all("nothing says that no other run was composed" in batch.claim.detail for batch in batches)


def test_a_run_that_is_being_written_is_left_for_later(
    sandbox: Sandbox, at: Settings, store: LandingStore, fresh: Fresh
) -> None:
    """Reading a manifest in mid-write gives half a run; reading it once at rest without an end does too."""
    sandbox.run_exstream(domain(at), "statements", letters(fresh("COM"), 1))
    folder = Path(sandbox.endpoints["exstream"]["output_folder"]) / domain(at)
    (manifest,) = folder.rglob("_STDDELIVERYFILE.xml")
    whole = manifest.read_bytes()
    manifest.write_bytes(whole[:200])
    source = open_drop_folder(at, store, folder)
    source._pause = lambda _seconds: manifest.write_bytes(whole[:400])
    growing = land_all(source, store)
    assert {batch.rows for batches in growing.values() for batch in batches} == {0}
    assert "still being written" in growing["communications"][0].claim.detail
    at_rest = land_all(open_drop_folder(at, store, folder), store)
    assert (at_rest["delivery_outputs"][0].rows, at_rest["delivery_outputs"][0].quarantined) == (0, 1)
    assert at_rest["jobs"][0].rows == 0
    manifest.write_bytes(whole)
    assert land_all(open_drop_folder(at, store, folder), store)["delivery_outputs"][0].rows == 1


def test_a_report_of_the_customers_own_design_lands_alike_over_rest_and_from_a_folder(
    sandbox: Sandbox, at: Settings, store: LandingStore, fresh: Fresh
) -> None:
    """A customer keeps the report that he has: by a mapping it must give the same evidence by both ways."""
    sandbox.run_exstream(domain(at), "statements", letters(fresh("COM"), 1))
    folder = Path(sandbox.endpoints["exstream"]["output_folder"]) / domain(at)
    (manifest,) = folder.rglob("_STDDELIVERYFILE.xml")
    own = manifest.parent / "Report_9_letters"
    own.mkdir()
    shutil.copy(MAPPINGS / "letter_register.csv", own / "LetterRegister.csv")
    assert at.exstream is not None
    changed = {
        "asset_use_report_artifact": "",
        "report_mappings": (MAPPINGS / "letter_register.toml", MAPPINGS / "failure_report.toml"),
    }
    mapped = at.model_copy(update={"exstream": at.exstream.model_copy(update=changed)})
    landed = land(mapped, store)
    mapped_streams = ("communications", "renderings", "asset_uses")
    assert {(landed[name].rows, landed[name].unreadable) for name in mapped_streams} == {(2, 1)}
    assert landed["engine_messages"].claim.complete
    assert "ACC-000000" not in str(landed_rows(store, "exstream", "communications"))
    from_folder = land_all(open_drop_folder(mapped, store, folder), store)
    assert {batch.rows for name in ("communications", "asset_uses") for batch in from_folder[name]} == {0}
    assert "has no report" not in from_folder["communications"][0].claim.detail
    (own / "LetterRegister.csv").unlink()
    gone = land_all(open_drop_folder(mapped, store, folder), store)["communications"][0]
    assert "has no report letter_register" in gone.claim.detail
