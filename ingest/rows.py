"""From extracted rows to landable ones: strict types, row hashes, and only what says something new.

Here belong pure functions over rows and hashes. Nothing is inferred and nothing is converted: a value of
another type, a missing required value or text that is not UTF-8 refuses the row, and only that row. Reading
and writing files is `ingest.landing`.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType, NoneType
from typing import Final

import polars as pl
import pyarrow as pa

from assettrail.errors import ContractBroken
from evidence.merkle import root_of_entries
from ingest.extract import Quarantined, Row
from ingest.schema import TEXT, TRUTH, WHOLE, StreamSchema

_PYTHON_TYPES: Final[Mapping[pa.DataType, type]] = MappingProxyType({TEXT: str, WHOLE: int, TRUTH: bool})
_WHOLE_LIMIT: Final = 2**63
_ENCODE: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode

Columns = dict[str, list[object]]


@dataclass(frozen=True)
class ReadableRows:
    """Rows that keep the stream's types, as columns, with their hashes; and those that do not, refused.

    `rows[i]` is the row that `hashes[i]` and the i-th value of each column belong to.
    """

    rows: Sequence[Row]
    columns: Columns
    hashes: Sequence[str]
    refused: Sequence[Quarantined]

    def take(self, positions: Sequence[int]) -> "ReadableRows":
        """The rows at these positions, in this order, with nothing refused."""
        return ReadableRows(
            rows=[self.rows[at] for at in positions],
            columns={name: [values[at] for at in positions] for name, values in self.columns.items()},
            hashes=[self.hashes[at] for at in positions],
            refused=(),
        )


def read_rows(schema: StreamSchema, rows: Sequence[Row]) -> ReadableRows:
    """Split rows into those that keep the stream's types and those that are refused, in their order.

    Raises ContractBroken when a row has a column that the stream does not have: that is a mistake in the code
    that made the row, not in the record.
    """
    _refuse_unknown_columns(schema, rows)
    columns: Columns = {name: [row.values.get(name) for row in rows] for name in schema.columns}
    reasons = _type_mistakes(schema, columns)
    hashes = row_hashes(columns, len(rows), skip=reasons.keys())
    for at, row_hash in enumerate(hashes):
        if row_hash is None and at not in reasons:
            reasons[at] = "text that is not valid Unicode"
    refused = [_refusal(rows[at], at, reasons[at]) for at in sorted(reasons)]
    if not reasons:
        return ReadableRows(rows, columns, [row_hash for row_hash in hashes if row_hash], refused)
    kept = [at for at in range(len(rows)) if at not in reasons]
    return ReadableRows(
        rows=[rows[at] for at in kept],
        columns={name: [values[at] for at in kept] for name, values in columns.items()},
        hashes=[row_hash for row_hash in hashes if row_hash is not None],
        refused=refused,
    )


def row_hashes(columns: Columns, count: int, skip: Iterable[int] = ()) -> list[str | None]:
    """SHA-256 (lower-case hex) of each row's canonical JSON: data columns by name, those that are NULL left out.

    Leaving NULL out keeps old hashes when a stream gains a column. None stands for a row in `skip` and for
    one whose text cannot be written as UTF-8.
    """
    names = sorted(columns)
    skipped = set(skip)
    hashes: list[str | None] = []
    rows = zip(*(columns[name] for name in names), strict=True) if names else iter([()] * count)
    for at, values in enumerate(rows):
        if at in skipped:
            hashes.append(None)
            continue
        present = {name: value for name, value in zip(names, values, strict=True) if value is not None}
        try:
            hashes.append(hashlib.sha256(_ENCODE(present).encode()).hexdigest())
        except UnicodeEncodeError:
            hashes.append(None)
    return hashes


def row_root(hashes: Iterable[str]) -> str:
    """The root (lower-case hex) of RFC 6962 over row hashes in file order; an entry is the hash's 32 bytes."""
    return root_of_entries(bytes.fromhex(row_hash) for row_hash in hashes).hex()


def key_text(schema: StreamSchema, row: Row) -> str:
    """A row's key as one line for claims and messages."""
    return "/".join(str(row.values.get(name)) for name in schema.key)


def new_positions(schema: StreamSchema, rows: ReadableRows, landed: pl.DataFrame) -> list[int]:
    """Positions of the rows that say something new, in their order.

    `landed` has the key columns, `_row_hash` and `_log_index` of earlier batches' rows (not of rejected
    ones). In an "event" stream a row is new unless the same key landed with the same content; in a "state"
    stream unless it equals the latest landed row of its key, and of several descriptions in one batch the
    last one counts.
    """
    key = list(schema.key)
    incoming = pl.DataFrame(
        [pl.Series(name, rows.columns[name], dtype=_polars_type(schema.columns[name])) for name in key]
        + [pl.Series("_row_hash", rows.hashes, dtype=pl.String)]
    ).with_row_index("_at")
    content = [*key, "_row_hash"]
    if schema.kind == "state":
        incoming = incoming.unique(key, keep="last", maintain_order=True)
        landed = landed.sort("_log_index", maintain_order=True).unique(key, keep="last", maintain_order=True)
    else:
        incoming = incoming.unique(content, keep="first", maintain_order=True)
    fresh = incoming.join(landed.select(content), on=content, how="anti", maintain_order="left")
    return fresh["_at"].to_list()


def _polars_type(kind: pa.DataType) -> type[pl.DataType]:
    return {TEXT: pl.String, WHOLE: pl.Int64, TRUTH: pl.Boolean}[kind]


def _refuse_unknown_columns(schema: StreamSchema, rows: Sequence[Row]) -> None:
    known = schema.columns.keys()
    for row in rows:
        if not row.values.keys() <= known:
            raise ContractBroken(
                tried=f"to land a row of {schema.label} from {row.source_uri}",
                found="columns that the stream does not have: " + ", ".join(sorted(row.values.keys() - known)),
                expected="only columns that ingest/schema.py lists for the stream",
                remedy="add the column to ingest/schema.py, or do not extract it; nothing was landed",
            )


def _type_mistakes(schema: StreamSchema, columns: Columns) -> dict[int, str]:
    """The first mistake of each row that has one, by position."""
    mistakes: dict[int, str] = {}
    for name, kind in schema.columns.items():
        expected = _PYTHON_TYPES[kind]
        allowed = {expected} if name in schema.required else {expected, NoneType}
        values = columns[name]
        if not set(map(type, values)) <= allowed:
            for at, value in enumerate(values):
                if type(value) not in allowed:
                    mistakes.setdefault(at, _mistake(name, value, expected))
        if expected is int:
            for at, value in enumerate(values):
                if type(value) is int and not -_WHOLE_LIMIT <= value < _WHOLE_LIMIT:
                    mistakes.setdefault(at, f"{name}: a whole number beyond 64 bits")
    return mistakes


def _mistake(name: str, value: object, expected: type) -> str:
    if value is None:
        return f"{name}: no value where one is required"
    return f"{name}: {type(value).__name__} where {expected.__name__} is promised"


def _refusal(row: Row, at: int, reason: str) -> Quarantined:
    """A refused row; its excerpt is the row as read, in JSON that can hold any text."""
    excerpt = json.dumps(dict(row.values), sort_keys=True, default=repr).encode()
    return Quarantined(
        source_uri=row.source_uri,
        raw_hash=row.raw_hash,
        offset=at,
        reason=reason,
        excerpt_hash=hashlib.sha256(excerpt).hexdigest(),
    )
