"""Addresses in the HTML outputs of runs, over REST and from the drop folder alike."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from assettrail.errors import PermanentSourceError
from assettrail.settings import Settings
from ingest.exstream.drop_folder import open_drop_folder
from ingest.landing_store import LandingStore
from ingest.run import ingest_stream
from ingest.sources import open_source
from tests.adapters.ingest.stand_ins import Sandbox, accept, land_all, landed_rows
from tests.adapters.ingest.test_exstream_source import domain, land, letters

Fresh = Callable[[str], str]


@pytest.fixture
def at(sandbox: Sandbox, settings: Settings) -> Settings:
    """The clock at 2026-02-10 08:00; of each run five HTML outputs are read at the most."""
    sandbox.set_clock("2026-02-10T08:00:00Z")
    return with_outputs(settings, 5)


def with_outputs(settings: Settings, most: int) -> Settings:
    assert settings.exstream is not None
    return settings.model_copy(update={"exstream": settings.exstream.model_copy(update={"html_outputs_per_run": most})})


def drop(sandbox: Sandbox, settings: Settings, folder: Path) -> Path:
    """A copy of the engine's output folder."""
    shutil.copytree(Path(sandbox.endpoints["exstream"]["output_folder"]) / domain(settings), folder / "claims")
    return folder


def test_both_ways_give_the_same_links_and_nothing_of_a_recipient(
    sandbox: Sandbox, at: Settings, store: LandingStore, fresh: Fresh, tmp_path: Path
) -> None:
    """Harm prevented: what a customer was shown depends on how it was read, or tells who the customer is."""
    sandbox.run_exstream(domain(at), "statements", letters(fresh("COM"), 3))
    over_rest = land(at, store)["output_links"]
    assert (over_rest.rows, over_rest.quarantined, over_rest.claim.complete) == (3, 0, True)
    rows = landed_rows(store, "exstream", "output_links")
    assert {(row["way"], row["strength"], row["delivery_public_id"]) for row in rows} == {
        ("html_output", "exact", "brand/hero")
    }
    assert {row["file_name"] for row in rows} == {
        row["file_name"] for row in landed_rows(store, "exstream", "delivery_outputs")
    }
    assert "ACC-000000" not in str(rows)
    folder = drop(sandbox, at, tmp_path / "drop")
    from_folder = land_all(open_drop_folder(at, store, folder), store)["output_links"][-1]
    assert (from_folder.rows, from_folder.quarantined) == (0, 0)
    raw = b"".join(store.raw.open(row["_raw_hash"]).read() for row in rows)
    assert b"Dear customer" not in raw


def test_outputs_that_are_gone_are_a_gap_of_their_own(
    sandbox: Sandbox, at: Settings, store: LandingStore, fresh: Fresh
) -> None:
    """Harm prevented: letters whose pages have expired look like letters without images, or cost all the rest."""
    sandbox.run_exstream(domain(at), "statements", letters(fresh("COM"), 3))
    page = next(Path(sandbox.endpoints["exstream"]["output_folder"]).rglob("*.html"))
    page.unlink()
    landed = land(at, store)
    assert landed["output_links"].rows == 2
    assert "1 of 3 HTML outputs of flow step" in landed["output_links"].claim.detail
    assert landed["output_links"].claim.how == "known_gap"
    assert landed["communications"].claim.complete


def test_what_is_beyond_the_limit_is_a_gap_and_nothing_is_asked_without_one(
    sandbox: Sandbox, at: Settings, store: LandingStore, fresh: Fresh
) -> None:
    """Harm prevented: ten thousand requests in a night that nobody asked for, or a claim that covers what was left."""
    sandbox.run_exstream(domain(at), "statements", letters(fresh("COM"), 7))
    before = sandbox.requests("exstream")
    off = land(with_outputs(at, 0), store)["output_links"]
    assert (off.rows, off.claim.how) == (0, "known_gap")
    assert off.claim.detail == "not read: exstream.html_outputs_per_run is 0"
    asked = {address for address, count in sandbox.requests("exstream").items() if count > before.get(address, 0)}
    assert not any("customer-artifacts" in address for address in asked)
    on = land(at, store)["output_links"]
    assert (on.rows, on.claim.complete) == (5, False)
    assert "2 HTML outputs of flow step" in on.claim.detail


def test_a_service_without_archives_costs_this_stream_alone(
    sandbox: Sandbox, at: Settings, store: LandingStore, fresh: Fresh
) -> None:
    """Harm prevented: a call that an installation does not allow stops the whole night."""
    sandbox.run_exstream(domain(at), "statements", letters(fresh("COM"), 3))
    sandbox.turn("exstream", path="customer-artifacts", status=403)
    source_streams = land_everything_but(at, store, "output_links")
    assert source_streams["communications"] == 3


def land_everything_but(settings: Settings, store: LandingStore, left: str) -> dict[str, int]:
    """Rows by stream, where the service refuses what one stream needs."""
    source = open_source(settings, "exstream", store)
    counts = {}
    for stream in source.streams():
        if stream == left:
            with pytest.raises(PermanentSourceError):
                ingest_stream(source, stream, store, accept)
        else:
            counts[stream] = sum(batch.rows for batch in ingest_stream(source, stream, store, accept))
    return counts


def test_a_page_that_is_being_written_leaves_its_run_for_later(
    sandbox: Sandbox, at: Settings, store: LandingStore, fresh: Fresh, tmp_path: Path
) -> None:
    """Harm prevented: a page is read while the engine writes it, and what comes after is never looked at."""
    sandbox.run_exstream(domain(at), "statements", letters(fresh("COM"), 2))
    folder = drop(sandbox, at, tmp_path / "drop")
    page = next(folder.rglob("*.html"))
    whole = page.read_bytes()
    grown = tmp_path / "grown.html"
    grown.write_bytes(whole + b" ")
    source = open_drop_folder(at, store, folder)
    source._pause = lambda _: shutil.copyfile(grown, page)  # type: ignore[assignment,return-value]
    growing = land_all(source, store)
    assert {batch.rows for batches in growing.values() for batch in batches} == {0}
    assert "still being written" in growing["output_links"][0].claim.detail
    page.write_bytes(whole[:-20])
    cut = land_all(open_drop_folder(at, store, folder), store)
    assert (cut["output_links"][0].rows, cut["output_links"][0].quarantined) == (1, 1)
    assert cut["communications"][0].rows == 2
    page.write_bytes(whole)
    assert land_all(open_drop_folder(at, store, folder), store)["output_links"][0].rows == 1


def test_an_archive_that_was_cut_is_refused_and_asked_for_again(
    sandbox: Sandbox, at: Settings, store: LandingStore, fresh: Fresh
) -> None:
    """Harm prevented: half an archive, of which nothing on the wire shows that it is half, passes as whole."""
    sandbox.run_exstream(domain(at), "statements", letters(fresh("COM"), 2))
    sandbox.turn("exstream", path="customer-artifacts", truncate_body_after=100, times=1, truncate_silently=True)
    cut = land(at, store)["output_links"]
    assert (cut.rows, cut.quarantined, cut.claim.complete) == (1, 1, False)
    whole = land(at, store)["output_links"]
    assert (whole.rows, whole.quarantined, whole.claim.complete) == (1, 0, True)
