"""Is a published snapshot still what was published: every table, in DuckDB and in Parquet, against its leaf in the log.

Here belongs comparing bytes that lie on a disk with what the log says of them: tables by the hashes in their leaf, when
exceptions were seen (`publish.exceptions_seen`) by all publishes up to that leaf. The log against its own checkpoint is
`evidence.verify`; whether the build was right to be published was asked before, by tests and reconciliation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from assettrail.errors import AssettrailError, ContractBroken, EvidenceBroken
from evidence.leaves import PublishLeaf
from evidence.log_reader import LogReader
from publish.content import SCHEMAS, published_tables, quoted, table_columns, table_content
from publish.exceptions_seen import SCHEMA, TABLE, Publication, publications, up_to, write_exceptions_seen
from publish.reading import FOLDER, LABELLED, Snapshot, is_in_use, open_snapshot, snapshot_names, unopened
from publish.snapshot import is_of_a_killed_publish, published_leaves

_FORMS = ("assettrail.duckdb", "parquet")


class NotPublished(EvidenceBroken):
    """A snapshot of which the log has no entry."""


@dataclass(frozen=True)
class KeptSnapshots:
    """The tables that were compared, by snapshot; and what a killed publish left, which the next publish removes."""

    tables: Mapping[str, int]
    unfinished: tuple[str, ...]


def verify_snapshots(home: Path, log: LogReader) -> KeptSnapshots:
    """Verify every snapshot that is kept under `home`, the current one and the older.

    Raises EvidenceBroken that names every snapshot that is not what was published, and counts those that are.
    """
    names = snapshot_names(home)  # Before the log, which then has the entry of each.
    published = list(published_leaves(log))
    told = publications(published)
    tables, unfinished, broken = dict[str, int](), list[str](), list[AssettrailError]()
    for name in names:
        try:
            snapshot = open_snapshot(home, name)
            tables[name] = verify_snapshot(snapshot, leaf_of(published, name))
            verify_exceptions_seen(snapshot, up_to(told, name))
        except NotPublished as error:
            # One is what a kill between name and leaf leaves; more, or one of another log, somebody put there.
            is_rest = not unfinished and is_of_a_killed_publish(log, home / FOLDER / name)
            unfinished.append(name) if is_rest else broken.append(error)
        except (EvidenceBroken, ContractBroken) as error:
            if (home / FOLDER / name).exists():  # Otherwise it was retired meanwhile.
                broken.append(error)
    if broken:
        raise _several_changed(home, broken, len(tables))
    return KeptSnapshots(tables, tuple(unfinished))


def leaf_of(published: Iterable[PublishLeaf], name: str) -> PublishLeaf:
    """Return the (first) publish leaf of the snapshot of that name. Raises NotPublished when the log has none."""
    for leaf in published:
        if leaf.snapshot == name and leaf.part == 1:
            return leaf
    raise NotPublished(
        tried=f"to find the publishing of the snapshot {name} in the log",
        found="no entry of it",
        expected="a snapshot that was published on this log",
        remedy="do not read this snapshot; run `assettrail build` to publish a new one",
    )


def verify_snapshot(snapshot: Snapshot, leaf: PublishLeaf) -> int:
    """Recompute the content hash of every table in both forms; return how many tables were compared.

    Raises EvidenceBroken that names the first file and table that are not what was published.
    """
    stated = snapshot.manifest.get("tables") if isinstance(snapshot.manifest, Mapping) else None
    if stated != {name: dict(facts) for name, facts in leaf.tables.items()}:
        raise _changed(snapshot, "manifest.json", "other tables or hashes than the log has", "those of its entry")
    return _verify_forms(snapshot, leaf.tables)


def verify_labelled(snapshot: Snapshot, log: LogReader) -> int:
    """Recompute the content hash of every table of a labelled snapshot; return how many tables were compared.

    The log has no entry of it, so that its own manifest is all that its tables can be compared with; to be sure, remove
    it and build it again. Raises EvidenceBroken that names the first file and table that are not what manifest or log
    say.
    """
    tables: Mapping[str, Mapping[str, object]] = snapshot.manifest["tables"]
    compared = _verify_forms(snapshot, tables)
    verify_exceptions_seen(snapshot, publications(published_leaves(log, int(snapshot.manifest["log"]["size"]))))
    return compared


def verify_exceptions_seen(snapshot: Snapshot, published: Sequence[Publication]) -> None:
    """Compare when exceptions were seen, in both forms, with what the log says up to the snapshot.

    A snapshot of before this table was written has none, and its manifest tells of none. Raises EvidenceBroken where
    one is otherwise, TransientSourceError where another opener has the file to itself.
    """
    is_told = TABLE in (snapshot.manifest.get("beside") or {})
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("ATTACH ':memory:' AS logged")
        write_exceptions_seen(connection, "logged", published)
        expected = table_content(connection, "logged", TABLE) if is_told else None
    for form in _FORMS:
        with _opened(snapshot, form) as connection:
            is_there = bool(table_columns(connection, "kept", TABLE))
            found = table_content(connection, "kept", TABLE) if is_there else None
        if found != expected:
            where = form if form.endswith(".duckdb") else f"{form}/{TABLE}.parquet"
            raise _changed(snapshot, f"{where}, table {TABLE}", str(found), str(expected))


def _verify_forms(snapshot: Snapshot, tables: Mapping[str, Mapping[str, object]]) -> int:
    for form in _FORMS:
        found = {table: {"rows": rows, "content_hash": content} for table, rows, content in _contents(snapshot, form)}
        for table in sorted(found.keys() | tables.keys()):
            if found.get(table) != tables.get(table):
                where = form if form.endswith(".duckdb") else f"{form}/{table}.parquet"
                raise _changed(snapshot, f"{where}, table {table}", str(found.get(table)), str(tables.get(table)))
    return len(tables)


def _contents(snapshot: Snapshot, form: str) -> Iterator[tuple[str, int, str]]:
    """Give table, rows and content hash of every table of one form."""
    with _opened(snapshot, form) as connection:
        for table in published_tables(connection, "kept"):
            content = table_content(connection, "kept", table)
            yield table, content.rows, content.content_hash


@contextmanager
def _opened(snapshot: Snapshot, form: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open one form as the catalog `kept`.

    Raises EvidenceBroken where it cannot be read, TransientSourceError where another opener has the file to itself.
    """
    try:
        with duckdb.connect(":memory:") as connection:
            connection.execute("SET TimeZone = 'UTC'")
            if form.endswith(".duckdb"):
                connection.execute(f"ATTACH '{_literal(str(snapshot.folder / form))}' AS kept (READ_ONLY)")
            else:
                _view_parquet(connection, snapshot)
            yield connection
    except (duckdb.Error, OSError) as error:
        if isinstance(error, duckdb.Error) and is_in_use(error):
            raise unopened(snapshot, error) from error
        found = f"{type(error).__name__}: {str(error).splitlines()[0]}"
        raise _changed(snapshot, form, found, "files as they were published") from error


def _view_parquet(connection: duckdb.DuckDBPyConnection, snapshot: Snapshot) -> None:
    connection.execute("ATTACH ':memory:' AS kept")
    for schema in (*SCHEMAS, SCHEMA):
        connection.execute(f"CREATE SCHEMA kept.{quoted(schema)}")
    for path in sorted((snapshot.folder / "parquet").glob("*.parquet")):
        schema, _, name = path.stem.partition(".")
        connection.execute(
            f"CREATE VIEW {quoted('kept', schema, name)} AS SELECT * FROM read_parquet('{_literal(str(path))}')"  # noqa: S608 - quoted
        )


def _literal(path: str) -> str:
    return path.replace("'", "''")


def _changed(snapshot: Snapshot, where: str, found: str, expected: str) -> EvidenceBroken:
    if snapshot.folder.parent.name == LABELLED:
        return EvidenceBroken(
            tried=f"to verify the labelled snapshot {snapshot.name}",
            found=f"{where}: {found}",
            expected=expected,
            remedy=f"move {snapshot.folder} away and build it again: `assettrail build --as-known-at "
            f"{snapshot.manifest['log']['size']}`",
        )
    return EvidenceBroken(
        tried=f"to verify the published snapshot {snapshot.name}",
        found=f"{where}: {found}",
        expected=expected,
        remedy="keep the folder for investigation, outside of snapshots/; landing and log hold everything that it was "
        "made from: `assettrail rebuild` publishes it again",
    )


def _several_changed(home: Path, broken: list[AssettrailError], whole: int) -> EvidenceBroken:
    return EvidenceBroken(
        tried=f"to verify the {len(broken) + whole} published snapshots that are kept under {home}",
        found="\n  - ".join(f"{error.tried.removeprefix('to ')}: {error.found}" for error in broken),
        expected=f"each as it was published, as {whole} of them are",
        remedy="keep the folders named above for investigation, outside of snapshots/; landing and log hold all that a "
        "snapshot is made from: `assettrail rebuild` publishes it again",
    )
