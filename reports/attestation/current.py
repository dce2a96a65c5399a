"""A statement made from an open snapshot: what the pages and the command line both show and sign.

Here belongs the way from a snapshot to a statement. What is asked of it is `statement`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from assettrail.settings import Settings
from corrections.dispositions import Disposition, latest_dispositions
from reports.attestation.restatement import Restatement, restatement
from reports.attestation.statement import Basis, Scope, Statement, read_statement
from reports.shelf import OpenSnapshot, SnapshotShelf
from reports.twins import data_until


def statement_of(
    cursor: duckdb.DuckDBPyConnection, snapshot: OpenSnapshot, scope: Scope, settings: Settings
) -> Statement:
    """Return what an open snapshot states of a scope, with what people have made of its exceptions."""

    def dispositions_of(keys: Collection[str]) -> dict[str, str]:
        return {key: _words(made) for key, made in latest_dispositions(settings, keys).items()}

    basis = Basis.of(snapshot.name, snapshot.manifest, data_until(snapshot))
    return read_statement(cursor, scope, basis, snapshot.coverage, dispositions_of)


def restated_by(
    cursor: duckdb.DuckDBPyConnection, snapshot: OpenSnapshot, signed: Statement, settings: Settings
) -> Restatement:
    """Return what an open snapshot states otherwise than a signed statement, of the same scope."""
    return restatement(signed, statement_of(cursor, snapshot, signed.scope, settings))


@contextmanager
def opened(
    home: Path, name: str | None = None, jurisdictions: frozenset[str] | None = None
) -> Iterator[tuple[duckdb.DuckDBPyConnection, OpenSnapshot]]:
    """Open a snapshot by its name, or the current one, as somebody sees it; None: whole.

    Raises NothingToRead and NothingFound as the pages do.
    """
    shelf = SnapshotShelf(home)
    snapshot = shelf.pinned(name) if name else shelf.current()
    with snapshot.cursor(jurisdictions) as cursor:
        yield cursor, snapshot


def _words(made: Disposition) -> str:
    """Return a disposition as it stands in a signed text: the same words whenever they are read."""
    until = f" {made.accepted_until}" if made.accepted_until else ""
    due = f", due {made.due_on}" if made.due_on else ""
    return f"{made.kind.replace('_', ' ')}{until}; owner {made.owner}{due}; {made.disposed_by}: {made.reason}"
