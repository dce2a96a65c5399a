"""The Parquet files of landed batches: rows, and records in quarantine.

Here belongs their shape and writing them durably under the names that the landing gives. When they are written, and
what makes them count, is `landing`.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from io import BufferedRandom
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from assettrail.errors import EvidenceBroken
from evidence.durable import write_durably, write_through
from ingest.extract import Quarantined
from ingest.landing_store import LandingFolders
from ingest.ledger import LoggedBatch
from ingest.readable_rows import ReadableRows, joined
from ingest.rows import constant
from ingest.schema import LOAD_COLUMNS, ROW_HASH, TEXT, StreamSchema

ROWS_PER_GROUP: Final = 1 << 17

QUARANTINE_SCHEMA: Final = pa.schema(
    [
        pa.field("_load_id", TEXT, nullable=False),
        pa.field("_loaded_at", LOAD_COLUMNS["_loaded_at"], nullable=False),
        pa.field("source_uri", TEXT, nullable=False),
        pa.field("raw_hash", TEXT, nullable=False),
        pa.field("offset", pa.int64(), nullable=False),
        pa.field("reason", TEXT, nullable=False),
        pa.field("excerpt_hash", TEXT, nullable=False),
    ]
)
"""The shape of a quarantine file: one row per record that could not be read."""


def landed_file(store: LandingFolders, batch: LoggedBatch) -> Path | None:
    """The Parquet file of a logged batch, or None when it landed no row. Raises EvidenceBroken when it is gone."""
    leaf = batch.leaf
    if leaf.load_id is None or leaf.rows == 0:
        return None
    path = store.landed_path(leaf.system, leaf.stream, leaf.load_id)
    if not path.is_file():
        raise EvidenceBroken(
            tried=f"to read batch {leaf.load_id} of {leaf.system}/{leaf.stream}, entry {batch.log_index} of the log",
            found=f"no file {path}",
            expected=f"the Parquet file with {leaf.rows} rows that the log promises",
            remedy="restore the file from a copy; its SHA-256 is in the entry",
        )
    return path


def write_rows(
    store: LandingFolders, schema: StreamSchema, new: ReadableRows, load_id: str | None, loaded_at: datetime
) -> tuple[Path | None, str | None]:
    """Write new rows durably; return the file and its SHA-256, or nothing when there are none."""
    if not new.count or load_id is None:
        return None, None
    path = store.landed_path(schema.system, schema.name, load_id)
    loads = {
        "_load_id": constant(load_id, ROWS_PER_GROUP),
        "_loaded_at": pa.repeat(pa.scalar(loaded_at, LOAD_COLUMNS["_loaded_at"]), ROWS_PER_GROUP),
    }
    kinds = {field.name: field.type for field in new.shape} | {name: column.type for name, column in loads.items()}
    shape = pa.schema([field.with_type(kinds[field.name]) for field in schema.arrow_schema()])

    def write(file: BufferedRandom) -> None:
        # Dictionaries are how the rows came, not what the file promises: its reader sees the stream's own types.
        # A hash is never looked for by its range nor written twice: statistics and a dictionary of it cost a fifth.
        # Statistics of columns that came with a dictionary cost an eighth, and few values are in every group anyway.
        others = [name for name in shape.names if name != ROW_HASH]
        with pq.ParquetWriter(
            file,
            shape,
            compression="zstd",
            use_dictionary=[name for name in others if name not in _distinct(schema, new)],
            write_statistics=[name for name in others if name not in new.coded],
            store_schema=False,
        ) as writer:
            for tables in in_groups(new.tables(), ROWS_PER_GROUP):
                group = joined(tables, new.coded).unify_dictionaries()
                columns = [
                    loads[name][: group.num_rows] if name in loads else group.column(name) for name in shape.names
                ]
                writer.write_table(pa.table(columns, schema=shape))

    return path, write_through(path, write)


def in_groups(tables: Iterable[pa.Table], rows: int) -> Iterator[list[pa.Table]]:
    """Cut tables that follow one another into groups of so many rows; the last one may have fewer."""
    group: list[pa.Table] = []
    room = rows
    for table in tables:
        rest = table
        while rest.num_rows >= room:
            yield [*group, rest.slice(0, room)]
            group, room, rest = [], rows, rest.slice(room)
        if rest.num_rows:
            group.append(rest)
            room -= rest.num_rows
    if group:
        yield group


def _distinct(schema: StreamSchema, rows: ReadableRows) -> set[str]:
    """The ids of a stream that came without a dictionary: making one for them costs more than it saves."""
    return {name for name in schema.key if schema.columns[name] == TEXT and name not in rows.coded}


def write_quarantine(
    store: LandingFolders,
    schema: StreamSchema,
    refused: Sequence[Quarantined],
    load_id: str | None,
    loaded_at: datetime,
) -> str | None:
    """Write newly quarantined records durably; return the file's SHA-256, or None when there are none."""
    if not refused or load_id is None:
        return None
    columns: dict[str, list[object]] = {
        "_load_id": [load_id] * len(refused),
        "_loaded_at": [loaded_at] * len(refused),
        "source_uri": [record.source_uri for record in refused],
        "raw_hash": [record.raw_hash for record in refused],
        "offset": [record.offset for record in refused],
        "reason": [record.reason for record in refused],
        "excerpt_hash": [record.excerpt_hash for record in refused],
    }
    data = parquet_bytes(pa.table(columns, schema=QUARANTINE_SCHEMA))
    write_durably(store.quarantine_path(schema.system, schema.name, load_id), data)
    return hashlib.sha256(data).hexdigest()


def parquet_bytes(table: pa.Table) -> bytes:
    """A table as one Parquet file (zstd)."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", write_statistics=True)
    return bytes(sink.getvalue())
