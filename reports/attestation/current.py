"""A statement made from an open snapshot: what the pages and the command line both show and sign.

Here belongs the way from a snapshot to a statement. What is asked of it is `statement`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb

from reports.attestation.restatement import Restatement, restatement
from reports.attestation.statement import Basis, Scope, Statement, read_statement
from reports.pages import data_until
from reports.shelf import OpenSnapshot, SnapshotShelf


def statement_of(
    cursor: duckdb.DuckDBPyConnection, snapshot: OpenSnapshot, scope: Scope, dispositions: Mapping[str, str]
) -> Statement:
    """Return what an open snapshot states of a scope."""
    basis = Basis.of(snapshot.name, snapshot.manifest, data_until(snapshot))
    return read_statement(cursor, scope, basis, snapshot.coverage, dispositions)


def restated_by(
    cursor: duckdb.DuckDBPyConnection, snapshot: OpenSnapshot, signed: Statement, dispositions: Mapping[str, str]
) -> Restatement:
    """Return what an open snapshot states otherwise than a signed statement, of the same scope."""
    return restatement(signed, statement_of(cursor, snapshot, signed.scope, dispositions))


@contextmanager
def opened(home: Path, name: str | None = None) -> Iterator[tuple[duckdb.DuckDBPyConnection, OpenSnapshot]]:
    """Open a snapshot by its name, or the current one. Raises NothingToRead and NothingFound as the pages do."""
    shelf = SnapshotShelf(home)
    snapshot = shelf.pinned(name) if name else shelf.current()
    with snapshot.cursor() as cursor:
        yield cursor, snapshot
