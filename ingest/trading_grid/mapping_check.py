"""Trying a drop mapping on a file: what would land, what would not, and what a person should know. Nothing is written.

Here belongs the dry run behind `assettrail sources check FILE --mapping MAPPING`. It reads exactly as an ingest does.
Not here: how it is printed (the command line), and reading itself (`drop_records`).
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from assettrail.errors import ConfigurationError
from assettrail.settings import Settings
from ingest.dry_run import FIRST_ROWS, DryRun, RefusedPart, StreamDryRun
from ingest.rows import read_rows
from ingest.schema import LOAD_COLUMNS, ROW_HASH, StreamSchema, stream_schema
from ingest.strict import sha256_hex
from ingest.trading_grid.drop_mapping import load_drop_mapping
from ingest.trading_grid.drop_records import read_drop
from ingest.trading_grid.drop_source import LARGEST_FILE
from ingest.trading_grid.opening import trading_grid_context


def try_mapping(settings: Settings, file: Path, mapping_file: Path) -> DryRun:
    """What an ingest would make of a file by a mapping.

    Raises ConfigurationError for a mapping with mistakes, or when the file cannot be read.
    """
    mapping = load_drop_mapping(mapping_file)
    data = _content(file)
    found = read_drop(mapping, data, file.name, sha256_hex(data), trading_grid_context(settings))
    schema = stream_schema("trading_grid", mapping.stream)
    table = read_rows(schema, found.reading.rows, found.reading.tables).table
    notes = list(found.notes)
    if not mapping.reads(file.name):
        notes.append(f"an ingest would not read it by this mapping: its name is not {mapping.shape.files!r}")
    if schema.kind == "event" and (contradictions := _contradictions(schema, table)):
        notes.append(
            f"{contradictions} keys ({', '.join(schema.key)}) have records that contradict each other; "
            "the gate would hold the batch"
        )
    return DryRun(
        system="trading_grid",
        records=found.records,
        streams=(_shown(mapping.stream, table),),
        refused=tuple(
            RefusedPart(part.offset, (mapping.stream,), part.reason)
            for part in sorted(found.reading.quarantined, key=lambda part: part.offset)
        ),
        notes=tuple(notes),
    )


def _shown(stream: str, table: pa.Table) -> StreamDryRun:
    first = table.slice(0, FIRST_ROWS).drop_columns([name for name in LOAD_COLUMNS if name in table.column_names])
    rows = tuple({name: value for name, value in row.items() if value is not None} for row in first.to_pylist())
    return StreamDryRun(stream, table.num_rows, len(set(table.column(ROW_HASH).to_pylist())), rows)


def _contradictions(schema: StreamSchema, table: pa.Table) -> int:
    keys = table.select([*schema.key, ROW_HASH]).group_by(list(schema.key)).aggregate([(ROW_HASH, "count_distinct")])
    return sum(1 for count in keys.column(f"{ROW_HASH}_count_distinct").to_pylist() if count > 1)


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            data = opened.read(LARGEST_FILE + 1)
    except OSError as error:
        raise _unusable(file, error.strerror or type(error).__name__) from error
    if len(data) > LARGEST_FILE:
        raise _unusable(file, f"more than {LARGEST_FILE} bytes")
    return data


def _unusable(file: Path, found: str) -> ConfigurationError:
    return ConfigurationError(
        tried=f"to read {file}",
        found=found,
        expected=f"a file of at most {LARGEST_FILE} bytes that this user may read",
        remedy="correct the path, or have the export written in parts; nothing was read",
    )
