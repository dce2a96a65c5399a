"""The forms of an export, each written piece by piece from a stream of rows: CSV, JSON, Parquet.

Here belongs what a value looks like in each form. Memory is bounded by one batch (one row group of a Parquet file),
however many rows there are.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time
from math import isfinite
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from reports.text import iso

ROW_GROUP_BATCHES = 16
FORMULA = (
    *("=", "+", "-", "@", "\t", "\r", "\n"),
    *("\N{FULLWIDTH EQUALS SIGN}", "\N{FULLWIDTH PLUS SIGN}"),
    *("\N{FULLWIDTH HYPHEN-MINUS}", "\N{FULLWIDTH COMMERCIAL AT}"),
)
"""How a text begins that some spreadsheet runs, those of East Asian keyboards included."""


def csv_pieces(rows: pa.RecordBatchReader) -> Iterator[bytes]:
    """Give a CSV file by RFC 4180 in UTF-8: a header, then the rows; a text that would be run gets an apostrophe.

    NULL is an empty cell, as is an empty text; a list is JSON. The JSON form tells them apart.
    """
    yield csv_lines([rows.schema.names])
    for batch in rows:
        yield csv_lines(zip(*(map(csv_value, column.to_pylist()) for column in batch.columns), strict=True))


def csv_lines(rows: Iterable[Iterable[object]]) -> bytes:
    """Return rows of finished cells as lines of a CSV file."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode("utf-8", "replace")


def csv_value(value: object) -> object:
    """Return one cell: a number as it is, an instant as ISO 8601 in UTC, a text defused."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return value
    if isinstance(value, list | dict):
        return json.dumps(json_value(value), ensure_ascii=False)
    text = value if isinstance(value, str) else str(json_value(value))
    return f"'{text}" if text.startswith(FORMULA) else text


def json_pieces(origin: Mapping[str, Any], rows: pa.RecordBatchReader) -> Iterator[bytes]:
    """Give one JSON document: what the export says of itself, the columns, and every row as an object."""
    columns = [{"name": each.name, "type": str(each.type)} for each in rows.schema]
    head = json.dumps({**origin, "columns": columns}, ensure_ascii=False)
    yield f'{head[:-1]}, "rows": ['.encode("utf-8", "replace")
    before = "\n"
    for batch in rows:
        for row in batch.to_pylist():
            yield f"{before}{json.dumps(json_value(row), ensure_ascii=False)}".encode("utf-8", "replace")
            before = ",\n"
    yield b"\n]}\n"


def json_value(value: object) -> Any:
    """Return a value as JSON holds it without loss: instants as ISO 8601 in UTC, bytes in hexadecimal digits."""
    if isinstance(value, Mapping):
        return {str(name): json_value(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [json_value(item) for item in value]
    is_plain = value is None or isinstance(value, bool | int | str) or (isinstance(value, float) and isfinite(value))
    return value if is_plain else _text_of(value)


def _text_of(value: object) -> str:
    if isinstance(value, datetime) and value.tzinfo:
        return iso(value) or ""
    if isinstance(value, date | time):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else str(value)


class _Pieces(io.RawIOBase):
    """Takes what a writer writes and hands it over; nothing that was handed over is kept."""

    def __init__(self) -> None:
        super().__init__()
        self._written: list[bytes] = []
        self._place = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def write(self, piece: Any, /) -> int:
        taken = bytes(piece)
        self._written.append(taken)
        self._place += len(taken)
        return len(taken)

    def taken(self) -> bytes:
        """Return what was written since the last time."""
        pieces, self._written = self._written, []
        return b"".join(pieces)


def parquet_pieces(origin: Mapping[str, Any], rows: pa.RecordBatchReader) -> Iterator[bytes]:
    """Give a Parquet file (zstd); what the export says of itself stands in its metadata under `assettrail`."""
    told = json.dumps(origin, ensure_ascii=False).encode("utf-8", "replace")
    schema = rows.schema.with_metadata({b"assettrail": told})
    sink = _Pieces()
    with parquet.ParquetWriter(sink, schema, compression="zstd") as writer:
        group: list[pa.RecordBatch] = []
        for batch in rows:
            group.append(batch)
            if len(group) == ROW_GROUP_BATCHES:
                writer.write_table(pa.Table.from_batches(group, schema=rows.schema).cast(schema))
                group = []
                yield sink.taken()
        if group:
            writer.write_table(pa.Table.from_batches(group, schema=rows.schema).cast(schema))
    yield sink.taken()
