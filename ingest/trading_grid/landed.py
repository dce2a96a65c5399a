"""What has landed of Trading Grid's objects already, as far as it decides which of them are gone.

Here belong reading the log's batches back, and inventories: what one complete full listing had. Batches that a person
rejected do not count, nor do objects that only a dropped file told of: no listing of the service has to show those.
What landed is compared where it lies, by its keys, so that only what is looked for is held. Not here: calls, and what
follows from it (`absences`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import polars as pl

from assettrail.errors import EvidenceBroken, RecordRejected
from ingest.landed_files import landed_file
from ingest.landing_store import LandingStore
from ingest.schema import stream_schema
from ingest.strict import canonical_json, decode_object

SYSTEM = "trading_grid"
ABSENCES = "object_absences"

Key = tuple[str, ...]


@dataclass(frozen=True)
class Inventory:
    """What one complete full listing had: when it began (UTC), and the keys of its objects."""

    began: datetime
    keys: frozenset[Key]


@dataclass(frozen=True)
class Told:
    """The newest word on an object that a listing lacked once: of which instant (UTC), and whether it is absent."""

    at: datetime
    is_absent: bool


def inventory_bytes(began: datetime, keys: Iterable[Key]) -> bytes:
    """An inventory as it goes into the raw store."""
    content = {"began": began.isoformat(), "keys": [list(key) for key in sorted(keys)]}
    return canonical_json(content).encode("utf-8", "surrogatepass")


class LandedObjects:
    """Trading Grid's landed objects in one landing; every method reads the log as it is now.

    `service` is the address below which the service's own answers lie.
    """

    def __init__(self, store: LandingStore, service: str) -> None:
        self._store = store
        self._service = service.rstrip("/") + "/"

    def cursor(self, stream: str) -> Mapping[str, object]:
        """Where a stream stands; empty before its first batch."""
        return self._store.cursor(SYSTEM, stream) or {}

    def inventory(self, raw_hash: str) -> Inventory:
        """An inventory, as the run that read the listing wrote it down. Raises EvidenceBroken."""
        try:
            content = decode_object(self._store.raw.get(raw_hash), "an inventory")
        except RecordRejected as error:
            raise _no_inventory(raw_hash, error.found) from error
        began, keys = content.get("began"), content.get("keys")
        if not isinstance(began, str) or not isinstance(keys, list):
            raise _no_inventory(raw_hash, "no keys")
        return Inventory(datetime.fromisoformat(began), frozenset(tuple(map(str, key)) for key in keys))

    def absences(self, stream: str) -> Mapping[Key, Told]:
        """The objects of a stream that complete listings lacked once, each with the newest word on it."""
        columns = ["stream", "listed_at_raw", "is_absent", *stream_schema(SYSTEM, stream).key]
        found: dict[Key, Told] = {}
        for path in self._files(ABSENCES):
            rows = pl.read_parquet(path, columns=columns, hive_partitioning=False)
            for _, at, is_absent, *names in rows.filter(pl.col("stream") == stream).iter_rows():
                found[tuple(names)] = Told(datetime.fromisoformat(at), is_absent)
        return found

    def lacking(self, stream: str, present: Collection[Key], before: datetime) -> Mapping[Key, datetime]:
        """The objects that the service told of, last before an instant (UTC), and that are not present.

        Each with the instant at which what was told of it last was landed.
        """
        return self._found(stream, present, "anti", pl.col("_loaded_at") < before)

    def read_since(self, stream: str, objects: Mapping[Key, datetime]) -> Mapping[Key, datetime]:
        """Those of these objects of which the service told behind the instant (UTC) of each, with when that landed."""
        if not objects:
            return {}
        read = self._found(stream, objects, "semi", pl.lit(value=True))
        return {key: at for key, at in read.items() if at > objects[key]}

    def _found(
        self, stream: str, keys: Collection[Key], how: Literal["anti", "semi"], wanted: pl.Expr
    ) -> Mapping[Key, datetime]:
        paths = self._files(stream)
        if not paths:
            return {}
        names = list(stream_schema(SYSTEM, stream).key)
        others = pl.LazyFrame([list(key) for key in keys], schema=dict.fromkeys(names, pl.String), orient="row")
        rows = (
            pl.scan_parquet(paths, hive_partitioning=False, extra_columns="ignore")
            .filter(pl.col("_source_uri").str.starts_with(self._service))
            .group_by(names)
            .agg(pl.col("_loaded_at").max())
            .filter(wanted)
            .join(others, on=names, how=how)
            .sort(names)
            .collect()
        )
        return {tuple(row[:-1]): row[-1] for row in rows.iter_rows()}

    def _files(self, stream: str) -> list[Path]:
        """The files of a stream's batches, oldest first."""
        self._store.ledger.refresh()
        batches = [batch for batch in self._store.ledger.of_stream(SYSTEM, stream) if batch.standing != "rejected"]
        files = [landed_file(self._store, batch) for batch in sorted(batches, key=lambda batch: batch.log_index)]
        return [path for path in files if path is not None]


def _no_inventory(raw_hash: str, found: str) -> EvidenceBroken:
    return EvidenceBroken(
        tried=f"to read the inventory {raw_hash} of a complete listing",
        found=found,
        expected="the keys of the objects that the listing had",
        remedy="restore the raw store from a copy, or let the next full listing write a new inventory",
    )
