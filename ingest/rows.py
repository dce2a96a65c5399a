"""From extracted rows to landable ones: strict types, row hashes, and only what says something new.

Here belong pure functions over rows, columns and hashes. Nothing is inferred and nothing is converted: a value of
another type, a missing required value or text that is not UTF-8 refuses the row, and only that row. Reading
and writing files is `ingest.landing`.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from types import MappingProxyType, NoneType
from typing import Final

import msgspec
import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from assettrail.errors import ContractBroken
from evidence.many_hashes import sha256_of_each
from evidence.merkle import root_of_entries
from ingest.extract import Quarantined, Row
from ingest.laid_aside import LandableTable
from ingest.landed_hashes import Hashes, hash_numbers
from ingest.readable_rows import Positions, ReadableRows, plain
from ingest.schema import ROW_HASH, TEXT, TRUTH, WHOLE, StreamSchema

_PYTHON_TYPES: Final[Mapping[pa.DataType, type]] = MappingProxyType({TEXT: str, WHOLE: int, TRUTH: bool})
_WHOLE_LIMIT: Final = 2**63
_ENCODER: Final = msgspec.json.Encoder()

Columns = Mapping[str, Sequence[object]]


def read_rows(schema: StreamSchema, rows: Sequence[Row], tables: Sequence[LandableTable] = ()) -> ReadableRows:
    """Split rows into those that keep the stream's types and those that are refused, in their order.

    `tables` are rows that were read as columns already (`hashed_table`), and follow. Raises ContractBroken when a
    row has a column that the stream does not have: that is a mistake in the code that made the row, not in the record.
    """
    if tables and not rows:
        return ReadableRows(tables)
    _refuse_unknown_columns(schema, rows)
    columns = {name: [row.values.get(name) for row in rows] for name in schema.columns}
    reasons = _type_mistakes(schema, columns)
    hashes = row_hashes(columns, len(rows), skip=reasons.keys())
    for at, row_hash in enumerate(hashes):
        if row_hash is None and at not in reasons:
            reasons[at] = "text that is not valid Unicode"
    kept = [at for at in range(len(rows)) if at not in reasons]
    own = _table(
        schema,
        {
            **{name: [values[at] for at in kept] for name, values in columns.items()},
            "_source_uri": [rows[at].source_uri for at in kept],
            "_raw_hash": [rows[at].raw_hash for at in kept],
            ROW_HASH: [hashes[at] for at in kept],
        },
    )
    return ReadableRows(
        [own, *tables] if own.num_rows or not tables else tables,
        [_refusal(rows[at], at, reasons[at]) for at in sorted(reasons)],
    )


def hashed_table(
    schema: StreamSchema,
    columns: Columns,
    source_uri: str,
    raw_hash: str,
    hashes: pa.StringArray | None = None,
) -> pa.Table:
    """Columns of one file whose values have the stream's types already, as a table with their row hashes.

    For readers that decode to exact types, and may know the row hashes already. Texts may be Arrow arrays with
    dictionaries, as those that tell the file are. Raises what Arrow raises for a value of another type, and
    UnicodeError for text that is not valid Unicode: the reader then reads the rows one by one.
    """
    count = len(next(iter(columns.values())))
    if hashes is None:
        hashes = sha256_of_each(rows_json(columns))
    places = {"_source_uri": constant(source_uri, count), "_raw_hash": constant(raw_hash, count), ROW_HASH: hashes}
    return _table(schema, {**columns, **places})


def constant(value: str, count: int) -> pa.DictionaryArray:
    """A column of one text that is kept once."""
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, dtype=np.int32)), pa.array([value], TEXT))


def rows_json(columns: Columns) -> list[bytes]:
    """The canonical JSON of each row: data columns by name, those that are NULL left out.

    Raises UnicodeEncodeError for text that is not valid Unicode.
    """
    names = tuple(sorted(columns))
    # JSON has no line break within a row.
    return _ENCODER.encode_lines(list(map(_row_type(names), *(columns[name] for name in names)))).split(b"\n")[:-1]


def row_hashes(columns: Columns, count: int, skip: Iterable[int] = ()) -> list[str | None]:
    """SHA-256 (lower-case hex) of each row's canonical JSON: data columns by name, those that are NULL left out.

    Leaving NULL out keeps old hashes when a stream gains a column. None stands for a row in `skip` and for
    one whose text cannot be written as UTF-8.
    """
    names = tuple(sorted(columns))
    row_type, skipped = _row_type(names), set(skip)
    if names and not skipped:
        try:
            return list(sha256_of_each(rows_json(columns)).to_pylist())
        except UnicodeEncodeError:
            pass  # One of the rows cannot be written: each is written alone.
    rows = zip(*(columns[name] for name in names), strict=True) if names else iter([()] * count)
    return [None if at in skipped else _hash_or_none(row_type(*values)) for at, values in enumerate(rows)]


def _hash_or_none(row: msgspec.Struct) -> str | None:
    try:
        return hashlib.sha256(_ENCODER.encode(row)).hexdigest()
    except UnicodeEncodeError:
        return None


def row_root(hashes: Iterable[str]) -> str:
    """The root (lower-case hex) of RFC 6962 over row hashes in file order; an entry is the hash's 32 bytes."""
    return root_of_entries(map(bytes.fromhex, hashes)).hex()


def key_text(schema: StreamSchema, rows: ReadableRows, at: int) -> str:
    """The key of the row at a position as one line for claims and messages."""
    return "/".join(map(str, rows.row(at, schema.key)))


def new_events(rows: ReadableRows, is_landed: Callable[[Hashes], NDArray[np.bool_]]) -> Positions:
    """Positions of the rows of an "event" stream that say something new, in their order.

    A row hash covers the key, so that a hash among the landed ones (`is_landed`), or twice in one batch, is the same
    event once more. The same key with other content is new: the gate has to see the contradiction.
    """
    numbers = hash_numbers(rows.hashes)
    positions = _first_of_each(numbers)
    return positions[~is_landed(numbers if len(positions) == len(numbers) else numbers[positions])]


def new_states(schema: StreamSchema, rows: ReadableRows, landed: pl.DataFrame, *, is_retold: bool = False) -> Positions:
    """Positions of the rows of a "state" stream that say something new, in their order.

    `landed` has the key columns, `_row_hash` and `_log_index` of earlier batches' rows (not of rejected ones). A row
    is new unless it equals the latest landed row of its key; of several descriptions in one batch the last one counts.
    With `is_retold` it is new unless it equals any landed row of its key.
    """
    key = list(schema.key)
    content = [*key, ROW_HASH]
    incoming = pl.DataFrame(plain(rows.table.select(content))).with_row_index("_at")
    incoming = incoming.unique(key, keep="last", maintain_order=True)
    told = (
        landed
        if is_retold
        else landed.sort("_log_index", maintain_order=True).unique(key, keep="last", maintain_order=True)
    )
    fresh = incoming.join(told.select(content), on=content, how="anti", maintain_order="left")
    return fresh["_at"].cast(pl.Int64).to_numpy()


def _first_of_each(numbers: Hashes) -> Positions:
    """Positions of the first of equal hashes, ascending."""
    first = np.sort(numbers[:, 0])
    if not (first[1:] == first[:-1]).any():  # A quarter of a hash tells almost always.
        return np.arange(len(numbers))
    order = np.lexsort((np.arange(len(numbers)), numbers[:, 1], numbers[:, 0]))
    ordered = numbers[order]
    is_first = np.ones(len(numbers), dtype=np.bool_)
    is_first[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    return np.sort(order[is_first])


@cache
def _row_type(names: tuple[str, ...]) -> type[msgspec.Struct]:
    """A struct whose JSON has these members in this order, without those that are None."""
    fields = [(name, str | int | bool | None, None) for name in names]
    return msgspec.defstruct("LandedRow", fields, omit_defaults=True, gc=False)


def _table(schema: StreamSchema, columns: Columns) -> pa.Table:
    shape = schema.hashed_schema()
    arrays = [_array(columns[field.name], field.type) for field in shape]
    fields = [field.with_type(array.type) for field, array in zip(shape, arrays, strict=True)]
    return pa.table(arrays, schema=pa.schema(fields))


def _array(values: object, kind: pa.DataType) -> pa.Array:
    return values if isinstance(values, pa.Array) else pa.array(values, type=kind)


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
