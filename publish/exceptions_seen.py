"""When each exception was seen: first, last, whether it is gone, and how often it came back; from the log's publishes.

Here belong that table and the reading of publish leaves for it. It stands beside the marts, in the schema `log`: it
tells of snapshots, not of records, and publishing moves it also where nothing new arrived. So it is no content: it
stands outside the manifest's `tables` and the content hashes, and what it is held to is the log itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from evidence.leaves import PublishLeaf
from publish.content import quoted

SCHEMA: Final = "log"
NAME: Final = "exceptions_seen"
TABLE: Final = f"{SCHEMA}.{NAME}"

DESCRIPTION: Final = (
    "One row per exception that a published snapshot ever had, those that are gone included: which snapshots had it "
    "first and last, since when it is gone, how often it came back. Made from the publish entries of the log, up to "
    "and with this snapshot's own; in a snapshot as known then, those of then. It tells of snapshots, not of records: "
    "it stands outside the content hashes, and `assettrail log verify --all` compares it with the log."
)
COLUMNS: Final[Mapping[str, tuple[str, str]]] = {
    "exception_key": ("varchar", "The exception, as in `marts.fct_exceptions`, where it is only while it is open."),
    "first_seen_snapshot": ("varchar", "Name of the first snapshot that had it."),
    "last_seen_snapshot": ("varchar", "Name of the newest snapshot that had it; of an open one this snapshot."),
    "reopened_snapshot": ("varchar", "Name of the snapshot with which it came back last; NULL where it never did."),
    "closed_snapshot": ("varchar", "Name of the first snapshot without it, where it is gone; NULL while it is open."),
    "first_seen_log_size": (
        "bigint",
        "Entries that the log had when that first snapshot was published; the entry of its publish follows them.",
    ),
    "last_seen_log_size": ("bigint", "Entries that the log had when the newest snapshot that had it was published."),
    "times_reopened": ("bigint", "How often it came back after a snapshot without it; 0 where it never did."),
    "is_open": ("boolean", "Whether the newest of these snapshots has it."),
    "is_new": ("boolean", "Whether the newest of these snapshots is the first that has it, and not the first of all."),
    "first_seen_at": ("timestamptz", "When the first snapshot that had it was published (UTC)."),
    "last_seen_at": ("timestamptz", "When the newest snapshot that had it was published (UTC)."),
    "reopened_at": ("timestamptz", "When the snapshot with which it came back last was published (UTC)."),
    "closed_at": ("timestamptz", "When the first snapshot without it was published (UTC); NULL while it is open."),
}


@dataclass(frozen=True)
class Publication:
    """One published snapshot: the entries that the log had, when it was (UTC), the exceptions it opened and closed."""

    snapshot: str
    log_size: int
    published_at: datetime
    opened: tuple[str, ...]
    closed: tuple[str, ...]


def log_size_of(snapshot: str) -> int:
    """Return the entries that the log had when a snapshot was published: its name ends in them."""
    return int(snapshot.rpartition("-")[2])


def publications(leaves: Iterable[PublishLeaf]) -> list[Publication]:
    """Return the publishes of which the log has every part, in its order.

    A state of the log may lie between the parts of one; what is not told whole was not known then.
    """
    found, parts = list[Publication](), list[PublishLeaf]()
    for leaf in leaves:
        parts = [leaf] if leaf.part == 1 else [*parts, leaf]
        if leaf.part == leaf.parts:
            first = parts[0]
            found.append(
                Publication(
                    first.snapshot,
                    log_size_of(first.snapshot),
                    first.created_at or first.logged_at,
                    tuple(key for part in parts for key in part.exceptions_opened),
                    tuple(key for part in parts for key in part.exceptions_closed),
                )
            )
    return found


def up_to(published: Sequence[Publication], snapshot: str) -> Sequence[Publication]:
    """Return the publishes up to and with that of a snapshot; none where it is not among them."""
    return published[: next((number for number, each in enumerate(published, 1) if each.snapshot == snapshot), 0)]


def write_exceptions_seen(
    connection: duckdb.DuckDBPyConnection, catalog: str, published: Sequence[Publication], parquet: Path | None = None
) -> int:
    """Make the table in an attached catalog, and as Parquet where a path is given; return its number of rows."""
    target = quoted(catalog, SCHEMA, NAME)
    connection.register("assettrail_publications", _publications(published))
    connection.register("assettrail_sightings", _sightings(published))
    connection.execute(f"CREATE SCHEMA {quoted(catalog, SCHEMA)}")
    connection.execute(f"CREATE TABLE {target} AS {_QUESTION}")
    connection.unregister("assettrail_publications")
    connection.unregister("assettrail_sightings")
    if parquet is not None:
        path = str(parquet).replace("'", "''")
        connection.execute(f"COPY {target} TO '{path}' (FORMAT parquet)")
    row = connection.execute(f"SELECT count(*) FROM {target}").fetchone()  # noqa: S608 - quoted
    return int(row[0]) if row else 0


def _publications(published: Sequence[Publication]) -> pa.Table:
    """Return one row per publish, numbered in the order of the log."""
    return pa.table(
        {
            "number": pa.array(range(len(published)), pa.int64()),
            "snapshot": pa.array([each.snapshot for each in published], pa.string()),
            "log_size": pa.array([each.log_size for each in published], pa.int64()),
            "published_at": pa.array([each.published_at for each in published], pa.timestamp("us", "UTC")),
        }
    )


def _sightings(published: Sequence[Publication]) -> pa.Table:
    """Return one row per exception that a publish opened or closed."""
    told = [
        (key, number, is_opened)
        for number, each in enumerate(published)
        for keys, is_opened in ((each.opened, True), (each.closed, False))
        for key in keys
    ]
    return pa.table(
        {
            "exception_key": pa.array([key for key, _, _ in told], pa.string()),
            "number": pa.array([number for _, number, _ in told], pa.int64()),
            "is_opened": pa.array([is_opened for _, _, is_opened in told], pa.bool_()),
        }
    )


_QUESTION: Final = """
    with counted as (
        select
            exception_key,
            min(number) filter (where is_opened) as first_number,
            max(number) filter (where is_opened) as opened_number,
            max(number) filter (where not is_opened) as closed_number,
            count(*) filter (where is_opened) - 1 as times_reopened
        from assettrail_sightings
        group by exception_key
    ),

    numbered as (
        select
            *,
            coalesce(closed_number < opened_number, true) as is_open,
            (select max(number) from assettrail_publications) as newest_number
        from counted
    )

    select
        numbered.exception_key,
        firsts.snapshot as first_seen_snapshot,
        lasts.snapshot as last_seen_snapshot,
        reopenings.snapshot as reopened_snapshot,
        closings.snapshot as closed_snapshot,
        firsts.log_size as first_seen_log_size,
        lasts.log_size as last_seen_log_size,
        numbered.times_reopened,
        numbered.is_open,
        numbered.first_number = numbered.newest_number and numbered.newest_number > 0 as is_new,
        firsts.published_at as first_seen_at,
        lasts.published_at as last_seen_at,
        reopenings.published_at as reopened_at,
        closings.published_at as closed_at
    from numbered
    inner join assettrail_publications as firsts on numbered.first_number = firsts.number
    inner join assettrail_publications as lasts
        on case when numbered.is_open then numbered.newest_number else numbered.closed_number - 1 end = lasts.number
    left join assettrail_publications as reopenings
        on numbered.times_reopened > 0 and numbered.opened_number = reopenings.number
    left join assettrail_publications as closings
        on not numbered.is_open and numbered.closed_number = closings.number
    order by numbered.exception_key
"""
"""An exception stands in every snapshot from the one that opened it up to the one before it was closed."""
