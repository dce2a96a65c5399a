"""With hashes only, the three stand-ins are read as before: what goes on from kept bytes keeps them, all else goes."""

from __future__ import annotations

from collections.abc import Callable

from cloudinary import uploader

from assettrail.settings import Settings
from evidence.raw_files import kept_hashes
from ingest.landing_store import LandingStore
from ingest.raw_expiry import expire_raw
from ingest.run import ingest_streams
from ingest.sources import SYSTEMS, open_source
from quality.whole_evidence import verify_landing
from tests.adapters.ingest.stand_ins import Sandbox, accept, landed_rows
from tests.adapters.ingest.test_cloudinary_source import changed
from tests.adapters.ingest.test_exstream_source import letters

Fresh = Callable[[str], str]


def ingest(settings: Settings, store: LandingStore) -> int:
    """Land every stream of the three systems and remove all bytes that nobody needs; return the rows that were new."""
    rows = 0
    for system in SYSTEMS:
        source = open_source(settings, system, store)
        for _, batches in ingest_streams(source, source.streams(), store, accept):
            rows += sum(batch.rows for batch in batches)
    left = expire_raw(store, 0).left
    kept = set(kept_hashes(store.raw.folder))
    assert kept == left.needed.keys()
    assert {need.reader for need in left.needed.values()} <= {"cursor"}
    report = verify_landing(store.home, store.log, raw_store=store.raw)
    assert report.raw_removed == report.raw_files - (report.raw_opened or 0)
    return rows


def test_what_is_read_again_lands_as_if_all_bytes_were_kept(
    sandbox: Sandbox, settings: Settings, store: LandingStore, fresh: Fresh
) -> None:
    """A time of keeping that makes an ingest lose, double or refuse anything is one that nobody can set."""
    settings = changed(settings, full_listing_days=0, contents_per_run=10)
    assert settings.cloudinary is not None
    assert settings.exstream is not None
    sandbox.create_triggers(settings.cloudinary.poll_channel)
    sandbox.set_clock("2026-02-10T08:00:00Z")
    gone, stays, community = fresh("gone"), fresh("stays"), fresh("nord")
    asset = sandbox.upload(gone, "red")
    sandbox.upload(stays, "blue")
    sandbox.write_trading_grid("communities", {"communityId": community, "name": community, "region": "DE"})
    sandbox.run_exstream(settings.exstream.domains[0], "statements", letters(fresh("COM"), 2))
    assert ingest(settings, store) > 0

    sandbox.set_clock("2026-02-11T08:00:00Z")
    before = len(landed_rows(store, "exstream", "asset_uses"))
    uploader.destroy(gone, **sandbox.cloudinary)
    sandbox.run_exstream(settings.exstream.domains[0], "statements", letters(fresh("COM"), 1))
    assert ingest(settings, store) > 0
    assert len(landed_rows(store, "exstream", "asset_uses")) == before + 2
    (absence,) = landed_rows(store, "cloudinary", "asset_absences")
    assert (absence["asset_id"], absence["is_absent"]) == (asset["asset_id"], True)
    for batch in store.ledger.batches():
        rows = landed_rows(store, batch.leaf.system, batch.leaf.stream)
        assert len({row["_row_hash"] for row in rows}) == len(rows), batch.leaf.stream
