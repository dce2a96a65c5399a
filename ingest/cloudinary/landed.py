"""What has landed of Cloudinary already, as far as it decides what to ask for next.

Here belongs reading the log's batches of `resources`, `notifications` and `asset_absences` back: which assets are new
since a place in the log, which were ever listed, where a stream's cursor stands; and the newest states of what is
listed whole. Batches that a person rejected do not count. Read from the landing and not from memory, so that a run can
go on where a killed one stopped. Not here: calls, and what follows from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from assettrail.errors import EvidenceBroken, RecordRejected
from ingest.cloudinary.search_index import instant_or_none
from ingest.landed_files import landed_file
from ingest.landing_store import LandingStore
from ingest.ledger import LoggedBatch
from ingest.schema import stream_schema
from ingest.strict import decode_object

SYSTEM = "cloudinary"
_NOTIFIED = ["asset_id", "notification_type", "public_id", "resource_type", "type"]


@dataclass(frozen=True, order=True)
class Place:
    """A place in the order of what changed: the batch that told it last, then the asset."""

    log_index: int
    asset_id: str


@dataclass(frozen=True)
class ListedAsset:
    """One asset as it landed last: its names, its version, and when that row was landed (UTC)."""

    asset_id: str
    public_id: str
    resource_type: str
    type: str
    version: int
    loaded_at: datetime


class LandedAssets:
    """Cloudinary's landed assets in one landing; every method reads the log as it is now."""

    def __init__(self, store: LandingStore) -> None:
        self._store = store

    def cursor(self, stream: str) -> Mapping[str, object]:
        """Where a stream stands; empty before its first batch."""
        return self._store.cursor(SYSTEM, stream) or {}

    def newest_batch(self, streams: Sequence[str]) -> int:
        """The log index of the newest batch of these streams; -1 when there is none."""
        return max((batch.log_index for batch, _ in self._batches(streams, -1)), default=-1)

    def changed_after(
        self, streams: Sequence[str], place: Place, counts: Callable[[str], bool] = lambda _: True
    ) -> list[Place]:
        """The assets that batches of these streams tell of behind `place`, each once, where it is told last; in order.

        Going on behind the last place that was done misses nothing: what is told again moves to its newer place. Of
        notifications only those count whose type `counts`; one without an asset's id tells of every asset that was
        listed under its name.
        """
        last: dict[str, int] = {}
        names: _Names | None = None
        for batch, path in self._batches(streams, place.log_index):
            if batch.leaf.stream == "notifications":
                rows = [row for row in pl.read_parquet(path, columns=_NOTIFIED).rows() if counts(row[1])]
                told = {row[0] for row in rows if row[0] is not None}
                named = [row[2:] for row in rows if row[0] is None and row[2] is not None]
                if named:
                    names = names or _Names(self.listed().values())
                    told.update(*(names.assets(*name) for name in named))
            else:
                told = set(pl.read_parquet(path, columns=["asset_id"])["asset_id"].drop_nulls())
            last.update(dict.fromkeys(told, batch.log_index))
        return sorted(found for found in (Place(index, asset) for asset, index in last.items()) if found > place)

    def told_between(self, types: Sequence[str], start: datetime, end: datetime) -> set[str]:
        """The assets that landed notifications of these types tell of, from an instant on and before another (UTC).

        One whose time cannot be read is not left out; one without an asset's id tells of every asset of its name.
        """
        rows = self.rows("notifications", [*_NOTIFIED, "timestamp_raw"]).filter(
            pl.col("notification_type").is_in(types)
        )
        told, named = set[str](), []
        for asset_id, _, *name, timestamp in rows.iter_rows():
            instant = instant_or_none(timestamp)
            if instant is not None and not start <= instant < end:
                continue
            if asset_id is not None:
                told.add(asset_id)
            elif name[0] is not None:
                named.append(name)
        names = _Names(self.listed().values()) if named else None
        return told.union(*(names.assets(*name) for name in named)) if names else told

    def listed(self) -> dict[str, ListedAsset]:
        """Every asset that was ever landed from a listing, as its newest row describes it."""
        paths = [path for _, path in self._batches(("resources",), -1)]
        if not paths:
            return {}
        names = ["asset_id", "public_id", "resource_type", "type", "version", "_loaded_at"]
        rows = (
            pl.scan_parquet(paths, hive_partitioning=False, extra_columns="ignore")
            .select(names)
            .sort("_loaded_at", maintain_order=True)
            .unique("asset_id", keep="last", maintain_order=True)
            .collect()
        )
        return {str(row[0]): ListedAsset(*row) for row in rows.iter_rows()}

    def absences(self) -> dict[str, bool]:
        """The assets that complete listings lacked: True while the newest word is that they are absent."""
        found: dict[str, bool] = {}
        for _, path in self._batches(("asset_absences",), -1):
            rows = pl.read_parquet(path, columns=["asset_id", "is_absent"])
            found.update((str(asset_id), bool(is_absent)) for asset_id, is_absent in rows.iter_rows())
        return found

    def rows(self, stream: str, columns: Sequence[str]) -> pl.DataFrame:
        """Some columns of every landed row of a stream, oldest batch first."""
        paths = [path for _, path in self._batches((stream,), -1)]
        if not paths:
            schema = stream_schema(SYSTEM, stream).arrow_schema()
            return pl.DataFrame(pl.from_arrow(schema.empty_table())).select(columns)
        return pl.concat([pl.read_parquet(path, columns=list(columns), hive_partitioning=False) for path in paths])

    def newest_states(self, stream: str) -> list[dict[str, object]]:
        """The data columns of the newest state of each object of a stream; None those that its release did not have."""
        schema = stream_schema(SYSTEM, stream)
        paths = [path for _, path in self._batches((stream,), -1)]
        if not paths:
            return []
        rows = pl.concat([pl.read_parquet(path, hive_partitioning=False) for path in paths], how="diagonal")
        newest = rows.unique(list(schema.key), keep="last", maintain_order=True)
        return [{name: row.get(name) for name in schema.columns} for row in newest.iter_rows(named=True)]

    def inventory(self, raw_hash: str) -> Mapping[str, object]:
        """The assets of one complete listing by id, as the run that read it wrote down. Raises EvidenceBroken."""
        try:
            assets = decode_object(self._store.raw.get(raw_hash), "an inventory").get("assets")
        except RecordRejected as error:
            raise _no_inventory(raw_hash, error.found) from error
        if not isinstance(assets, dict):
            raise _no_inventory(raw_hash, "no assets")
        return assets

    def _batches(self, streams: Sequence[str], after: int) -> list[tuple[LoggedBatch, Path]]:
        """The batches of these streams behind a log index, oldest first, each with its file."""
        self._store.ledger.refresh()
        batches = [
            batch
            for stream in streams
            for batch in self._store.ledger.of_stream(SYSTEM, stream)
            if batch.log_index >= after and batch.standing != "rejected"
        ]
        files = [
            (batch, landed_file(self._store, batch)) for batch in sorted(batches, key=lambda batch: batch.log_index)
        ]
        return [(batch, path) for batch, path in files if path is not None]


class _Names:
    """Which assets were listed under a name."""

    def __init__(self, listed: Iterable[ListedAsset]) -> None:
        self._by_name: dict[str, list[ListedAsset]] = {}
        for asset in listed:
            self._by_name.setdefault(asset.public_id, []).append(asset)

    def assets(self, public_id: str, resource_type: str | None, delivery_type: str | None) -> set[str]:
        """The assets of this public id, of these types where they are told; to ask for one too many does no harm."""
        return {
            asset.asset_id
            for asset in self._by_name.get(public_id, ())
            if resource_type in {None, asset.resource_type} and delivery_type in {None, asset.type}
        }


def _no_inventory(raw_hash: str, found: str) -> EvidenceBroken:
    return EvidenceBroken(
        tried=f"to read the inventory {raw_hash} of a complete listing",
        found=found,
        expected="the assets that the listing had",
        remedy="restore the raw store from a copy, or let the next full listing write a new inventory",
    )
