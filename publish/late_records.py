"""Which late record changed something: the batches that became known between two states of the log and concern it.

Here belongs the way from a changed row to landed rows. A batch concerns a row when the row, or what the row rests on
(its version, its approval), stands on a record of the batch (`evidence`), or when a record of the batch names the
row's subject by a vendor's id (`names`). Where neither is so, only claims can have changed it: they are told apart.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import duckdb

from assettrail.errors import EvidenceBroken
from evidence.log_reader import LogReader
from ingest.landing_store import LandingFolders
from ingest.ledger import Ledger, LoggedBatch
from ingest.schema import STREAMS
from publish.content import NOT_CONTENT, quoted, table_columns
from publish.difference import RowDifference, TableDifference

_VENDOR_ID = re.compile(r"^(?P<entity>[a-z_]+)_id_(?P<system>cloudinary|exstream|trading_grid)$")
WIDE = frozenset({"community", "partner", "flow_instance", "job", "template"})
"""What many subjects have in common: it names a row only where nothing of its system is narrower."""

_LANDED_AS = {("exstream", "image_resource_id"): "resource_id"}
"""Columns of ids that stand in landing under another name."""

_NAMED_BY = (("marts.fct_template_links", "template_image_key"),)
"""Columns beside the keys of tables by which an exception names its subject."""

_FOLLOWED_BY = (("marts.fct_distributions", "distribution_key", "next_distribution_key"),)
"""Tables of which a row ends what another one says: the row's key, and that of the one that ends it."""

VendorId = tuple[str, str, str]
"""System, landed column and value."""


@dataclass(frozen=True)
class LateRecord:
    """A batch that concerns a changed row; instants in UTC.

    `rows` of its records name the row's subject (0: it is evidence by its place in the log alone). `decided_by` and
    `decided_at` tell of a batch that was held first and became known when a person accepted it.
    """

    log_index: int
    load_id: str | None
    system: str
    stream: str
    logged_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    rows: int
    why: Literal["evidence", "names"]


@dataclass(frozen=True)
class StreamClaims:
    """What was claimed of one stream in between: how many claims, and up to when (UTC) the newest one reaches."""

    system: str
    stream: str
    claims: int
    rows: int
    window_to: datetime


def became_known(log: LogReader, first: int, second: int) -> list[LoggedBatch]:
    """Return the batches that are accepted in the state with more entries and not yet in the other, in log order."""
    earlier, later = (Ledger(log, until=size) for size in sorted((first, second)))
    earlier.refresh()
    later.refresh()
    known = {batch.log_index for batch in earlier.batches() if batch.standing == "accepted"}
    return [each for each in later.batches() if each.standing == "accepted" and each.log_index not in known]


def claims_of(batches: Iterable[LoggedBatch]) -> list[StreamClaims]:
    """Return what the batches claim, by stream."""
    by_stream: dict[tuple[str, str], list[LoggedBatch]] = defaultdict(list)
    for batch in batches:
        by_stream[batch.leaf.system, batch.leaf.stream].append(batch)
    return [
        StreamClaims(
            *name, len(found), sum(each.leaf.rows for each in found), max(each.leaf.claim.window_to for each in found)
        )
        for name, found in sorted(by_stream.items())
    ]


def late_records(
    connection: duckdb.DuckDBPyConnection,
    tables: Sequence[TableDifference],
    keys: Mapping[str, str],
    folders: LandingFolders,
    batches: Sequence[LoggedBatch],
) -> dict[tuple[str, str], list[LateRecord]]:
    """Return for each changed row, by table and key, the batches that concern it, evidence first.

    `connection` has both snapshots attached (`publish.difference.both_open`), `keys` names the key of each table.
    Raises EvidenceBroken when a landed file cannot be read.
    """
    changed = [(each.table, row) for each in tables for row in each.rows]
    stated = _Stated.read(connection, keys, {value for _, row in changed for value in _key_values(row)})
    subjects = {(table, row.key): stated.ids_of(row) for table, row in changed}
    named = _rows_that_name(connection, {each for ids in subjects.values() for each in ids}, folders, batches)
    by_index = {batch.log_index: batch for batch in batches}
    return {
        (table, row.key): _records(by_index, stated.indexes_of(row), named, subjects[table, row.key])
        for table, row in changed
    }


def _records(
    batches: Mapping[int, LoggedBatch],
    evidence: set[int],
    named: Mapping[VendorId, Mapping[int, int]],
    ids: set[VendorId],
) -> list[LateRecord]:
    rows: dict[int, int] = dict.fromkeys(evidence & batches.keys(), 0)
    for vendor_id in ids:
        for index, count in named.get(vendor_id, {}).items():
            rows[index] = rows.get(index, 0) + count
    found = [
        LateRecord(
            index,
            batches[index].leaf.load_id,
            batches[index].leaf.system,
            batches[index].leaf.stream,
            batches[index].leaf.logged_at,
            decided.by if (decided := batches[index].disposition) else None,
            decided.logged_at if decided else None,
            count,
            "evidence" if index in evidence else "names",
        )
        for index, count in rows.items()
    ]
    return sorted(found, key=lambda each: (each.why, each.log_index))


@dataclass(frozen=True)
class _Stated:
    """What the two snapshots say of the rows that changed rows refer to: their vendors' ids and their log indexes."""

    ids: Mapping[str, set[VendorId]]
    indexes: Mapping[str, set[int]]

    @classmethod
    def read(cls, connection: duckdb.DuckDBPyConnection, keys: Mapping[str, str], wanted: set[str]) -> _Stated:
        ids: dict[str, set[VendorId]] = defaultdict(set)
        indexes: dict[str, set[int]] = defaultdict(set)
        connection.execute("CREATE OR REPLACE TEMP TABLE wanted_keys (key_value VARCHAR)")
        connection.execute("INSERT INTO wanted_keys SELECT unnest(CAST(? AS VARCHAR[]))", [sorted(wanted)])
        followed = _followed(connection)
        connection.execute("INSERT INTO wanted_keys SELECT unnest(CAST(? AS VARCHAR[]))", [sorted(followed.values())])
        for side in ("before", "after"):
            for table, key in (*keys.items(), *_NAMED_BY):
                for row in _rows_of(connection, side, table, key):
                    ids[str(row[key])] |= set(_direct_ids(row))
                    indexes[str(row[key])] |= _direct_indexes(row)
        for key, next_key in followed.items():
            indexes[key] |= indexes[next_key]
        return cls(ids, indexes)

    def ids_of(self, row: RowDifference) -> set[VendorId]:
        """The ids of a row and of what it refers to; wide ones only where their system has nothing narrower."""
        found = {each for side in (row.before, row.after) if side for each in _direct_ids(side)}
        for value in _key_values(row):
            found |= self.ids.get(value, set())
        narrow = {system for system, column, _ in found if not _is_wide(column)}
        return {each for each in found if not _is_wide(each[1]) or each[0] not in narrow}

    def indexes_of(self, row: RowDifference) -> set[int]:
        found = {index for side in (row.before, row.after) if side for index in _direct_indexes(side)}
        for value in _key_values(row):
            found |= self.indexes.get(value, set())
        return found


def _followed(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return the wanted keys whose row another one ended in between, each with the key of that other one."""
    found: dict[str, str] = {}
    for table, key, next_key in _FOLLOWED_BY:
        if {key, next_key} <= set(table_columns(connection, "after", table)):
            name = quoted("after", *table.split(".", 1))
            found |= dict(
                connection.execute(
                    f"SELECT {quoted(key)}, {quoted(next_key)} FROM {name} "  # noqa: S608 - quoted
                    f"WHERE {quoted(next_key)} IS NOT NULL AND {quoted(key)} IN (SELECT key_value FROM wanted_keys)"
                ).fetchall()
            )
    return found


def _rows_of(connection: duckdb.DuckDBPyConnection, side: str, table: str, key: str) -> Iterator[Mapping[str, Any]]:
    """Give the wanted rows of a table with their key, ids and log indexes; none where it has neither."""
    columns = table_columns(connection, side, table)
    told = [each for each in columns if _VENDOR_ID.match(each) or each == "public_id" or each.endswith(NOT_CONTENT)]
    if key not in columns or not told:
        return
    names = [key, *(each for each in told if each != key)]
    schema, name = table.split(".", 1)
    found = connection.execute(
        f"SELECT {', '.join(map(quoted, names))} FROM {quoted(side, schema, name)} "  # noqa: S608 - quoted
        f"WHERE {quoted(key)} IN (SELECT key_value FROM wanted_keys)"
    ).fetchall()
    for values in found:
        yield dict(zip(names, values, strict=True))


def _key_values(row: RowDifference) -> set[str]:
    return {
        str(value)
        for side in (row.before, row.after)
        if side
        for name, value in side.items()
        if name.endswith("_key") and value is not None
    }


def _direct_ids(row: Mapping[str, Any]) -> Iterator[VendorId]:
    for name, value in row.items():
        found = _VENDOR_ID.match(name)
        if found and value is not None:
            yield found["system"], f"{found['entity']}_id", str(value)
    if row.get("public_id") is not None:
        yield "cloudinary", "public_id", str(row["public_id"])


def _direct_indexes(row: Mapping[str, Any]) -> set[int]:
    return {int(value) for name, value in row.items() if name.endswith(NOT_CONTENT) and value is not None}


def _is_wide(column: str) -> bool:
    return column.removesuffix("_id") in WIDE


def _rows_that_name(
    connection: duckdb.DuckDBPyConnection,
    ids: set[VendorId],
    folders: LandingFolders,
    batches: Sequence[LoggedBatch],
) -> dict[VendorId, dict[int, int]]:
    """Return for each id how many rows of which batch (by log index) have it in the column of its name."""
    wanted: dict[tuple[str, str], list[str]] = defaultdict(list)
    for system, column, value in sorted(ids):
        wanted[system, column].append(value)
    named: dict[VendorId, dict[int, int]] = defaultdict(dict)
    for (system, stream), of_stream in _landed(batches).items():
        columns = STREAMS[system, stream].columns
        for column in (column for of, column in wanted if of == system):
            landed = _LANDED_AS.get((system, column), column)
            if landed not in columns:
                continue
            # A name is held by one asset after another: it counts only where the record has no id.
            only = " AND asset_id IS NULL" if column == "public_id" and "asset_id" in columns else ""
            counted = _count(connection, folders, of_stream, landed, wanted[system, column], only)
            for load_id, value, count in counted:
                named[system, column, value][of_stream[load_id].log_index] = count
    return named


def _landed(batches: Iterable[LoggedBatch]) -> dict[tuple[str, str], dict[str, LoggedBatch]]:
    landed: dict[tuple[str, str], dict[str, LoggedBatch]] = defaultdict(dict)
    for batch in batches:
        if batch.leaf.load_id is not None and batch.leaf.rows:
            landed[batch.leaf.system, batch.leaf.stream][batch.leaf.load_id] = batch
    return landed


def _count(
    connection: duckdb.DuckDBPyConnection,
    folders: LandingFolders,
    batches: Mapping[str, LoggedBatch],
    column: str,
    values: list[str],
    only: str,
) -> list[tuple[str, str, int]]:
    files = [str(folders.landed_path(each.leaf.system, each.leaf.stream, load_id)) for load_id, each in batches.items()]
    try:
        return connection.execute(
            f"SELECT _load_id, {quoted(column)}, count(*) "  # noqa: S608 - a column of STREAMS
            "FROM read_parquet(?, union_by_name = true, hive_partitioning = false) "
            f"WHERE {quoted(column)} IN (SELECT unnest(?)){only} GROUP BY ALL",
            [files, values],
        ).fetchall()
    except duckdb.Error as error:
        raise EvidenceBroken(
            tried=f"to look for {column} in the {len(files)} landed files of {folders.folder} that came in between",
            found=f"{type(error).__name__}: {str(error).splitlines()[0]}",
            expected="the Parquet files that the log tells of",
            remedy="run `assettrail log verify --all`, which names the file, and restore it from a copy",
        ) from error
