"""An installation whose records arrived in another order and in other batches: the same rows, another log.

Here belongs arranging anew. What must not differ afterwards is written in the tests.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from assettrail.demo.installation import LOG_ORIGIN, Installation
from evidence.keys import load_keys
from evidence.leaves import BatchLeaf, decode_leaf, encode_leaf
from evidence.log import Log
from ingest.rows import row_root
from tests.integration.copied_home import copied

Leaves = Sequence[BatchLeaf]


def arranged_anew(original: Installation, folder: Path) -> Installation:
    """Return a copy with nothing built, every batch of several rows landed as two, and all in another order."""
    others = tuple(path.name for path in original.home.iterdir() if path.name not in {"landing", "quarantine"})
    copy = copied(original, folder, without=others)
    signing_key = load_keys(copy.keys).signing_key
    batches = _batches(Log.open(original.home / "log", LOG_ORIGIN, signing_key))
    arrangement = _shuffled(_halved(copy.home, batches))
    assert len(arrangement) > len(batches)
    Log.open(copy.home / "log", LOG_ORIGIN, signing_key).append([encode_leaf(leaf) for leaf in arrangement])
    assert _rows(copy.home) == _rows(original.home)
    return copy


def _shuffled(leaves: Leaves) -> Leaves:
    """Return all batches in another order, each with its own claim and times."""
    order = list(leaves)
    random.Random(20260105).shuffle(order)
    return order


def _halved(home: Path, leaves: Leaves) -> Leaves:
    """Return the batches with every one of several rows landed as two, of which the first claims nothing.

    A batch with records in quarantine stays one: its quarantine file bears its name.
    """
    return [
        part for leaf in leaves for part in (_halves(home, leaf) if leaf.rows > 1 and not leaf.quarantined else [leaf])
    ]


def _halves(home: Path, leaf: BatchLeaf) -> list[BatchLeaf]:
    assert leaf.load_id is not None
    day = f"date={leaf.load_id[:4]}-{leaf.load_id[4:6]}-{leaf.load_id[6:8]}"
    path = home / "landing" / leaf.system / leaf.stream / day / f"{leaf.load_id}.parquet"
    table = pq.ParquetFile(path).read()
    middle = table.num_rows // 2
    first = _landed(path, leaf, table.slice(0, middle), "a")
    second = _landed(path, leaf, table.slice(middle), "b")
    path.unlink()
    unclaimed = replace(leaf.claim, complete=False, how="unknown", detail="a part of the window")
    return [replace(first, claim=unclaimed, quarantined=0, quarantine_sha256=None), second]


def _landed(path: Path, leaf: BatchLeaf, rows: pa.Table, suffix: str) -> BatchLeaf:
    """Write rows as a batch of their own beside the batch they come from, and return its leaf."""
    hashes = [str(row_hash) for row_hash in rows.column("_row_hash").to_pylist()]
    root = row_root(hashes)
    load_id = f"{str(leaf.load_id)[:-13]}-{root[:11]}{suffix}"
    at = rows.column_names.index("_load_id")
    named = rows.set_column(at, rows.schema.field(at), pa.array([load_id] * rows.num_rows, pa.string()))
    target = path.with_name(f"{load_id}.parquet")
    pq.write_table(named, target, compression="zstd")
    return replace(
        leaf,
        load_id=load_id,
        rows=rows.num_rows,
        row_root=root,
        parquet_sha256=hashlib.sha256(target.read_bytes()).hexdigest(),
    )


def _batches(log: Log) -> Sequence[BatchLeaf]:
    leaves = [decode_leaf(entry) for _, entry in log.entries()]
    return [leaf for leaf in leaves if isinstance(leaf, BatchLeaf)]


def _rows(home: Path) -> int:
    """Return the number of landed rows: none may be lost or doubled by arranging them anew."""
    return sum(pq.ParquetFile(path).metadata.num_rows for path in home.glob("landing/*/*/date=*/*.parquet"))
