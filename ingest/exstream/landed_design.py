"""What has landed of Design and of Cloudinary's etags, as far as links between images and assets need it.

Here belongs reading accepted batches back. Batches that a person rejected do not count. Not here: what makes a link
(`asset_links`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import polars as pl

from ingest.exstream.asset_links import AssetReference
from ingest.exstream.design import LandedResources
from ingest.landed_files import landed_file
from ingest.landing_store import LandingStore
from ingest.ledger import LoggedBatch

_ASSET_STREAMS = ("notifications", "asset_details")
_ASSET_COLUMNS = ("asset_id", "public_id", "version", "etag")


class LandedDesign:
    """The landed resources and assets of one landing; every method reads the log as it is now."""

    def __init__(self, store: LandingStore) -> None:
        self._store = store

    def resources(self) -> LandedResources:
        """The newest row of every version of a resource."""
        rows: dict[tuple[object, ...], Mapping[str, object]] = {}
        for _, path in self._batches("exstream", "resources"):
            for row in pl.read_parquet(path, hive_partitioning=False).iter_rows(named=True):
                rows[row["domain"], row["resource_id"], row["version"]] = row
        cursor = self._store.cursor("exstream", "resources") or {}
        told = cursor.get("complete_to")
        return LandedResources(list(rows.values()), datetime.fromisoformat(told) if isinstance(told, str) else None)

    def assets_of(self, md5s: Collection[str]) -> Mapping[str, Sequence[AssetReference]]:
        """The assets whose landed etag is one of these, by etag; each asset version once, in a stable order."""
        found: dict[str, dict[AssetReference, None]] = {}
        for stream in _ASSET_STREAMS if md5s else ():
            for _, path in self._batches("cloudinary", stream):
                rows = pl.read_parquet(path, columns=list(_ASSET_COLUMNS), hive_partitioning=False)
                for asset_id, public_id, version, etag in rows.filter(pl.col("etag").is_in(list(md5s))).iter_rows():
                    reference = AssetReference("the same bytes", asset_id, public_id, version, etag)
                    found.setdefault(etag, {}).setdefault(reference)
        return {etag: sorted(references, key=_order) for etag, references in found.items()}

    def _batches(self, system: str, stream: str) -> Iterator[tuple[LoggedBatch, Path]]:
        self._store.ledger.refresh()
        for batch in self._store.ledger.of_stream(system, stream):
            path = landed_file(self._store, batch) if batch.standing == "accepted" else None
            if path is not None:
                yield batch, path


def _order(reference: AssetReference) -> tuple[str, int, str]:
    return (reference.asset_id or "", reference.version or 0, reference.public_id or "")
