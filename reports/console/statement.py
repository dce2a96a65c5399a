"""Which statements the console runs: one at a time, of a kind that only reads.

Here belongs judging a text by DuckDB's own parser. What a statement may reach is decided by the settings that the
worker locks; this is the first of two walls, and says in words what the second would only refuse.
"""

from __future__ import annotations

import hashlib

import duckdb

KINDS = ("SELECT", "EXPLAIN")
"""DuckDB's kinds that read: WITH, FROM, VALUES, DESCRIBE, SHOW and SUMMARIZE are SELECT to its parser."""


class Refused(Exception):
    """A text that the console does not run; its words say why."""


def only_statement(text: str) -> tuple[str, bool]:
    """Return the single statement of a text, and whether it is an EXPLAIN.

    Raises Refused for anything else, duckdb.Error where it is no SQL.
    """
    found = duckdb.extract_statements(text)
    if not found:
        raise Refused("no statement")
    if len(found) > 1:
        raise Refused(f"{len(found)} statements: one is run at a time")
    kind = _kind_of(found[0])
    if kind == "MULTI":
        raise Refused("a PIVOT without its values, which is several statements: name them with IN (…)")
    if kind not in KINDS:
        raise Refused(f"a statement of the kind {kind}")
    return found[0].query, kind == "EXPLAIN"


def digest(text: str) -> str:
    """Return the SHA-256 (hex) by which the log of accesses knows a statement."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _kind_of(statement: duckdb.Statement) -> str:
    try:
        return statement.type.name
    except ValueError:
        return "that DuckDB's library has no name for"
