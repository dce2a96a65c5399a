"""Which streams the controls rest on, and up to when each is completely known.

Here belongs one question to a build file, asked by the publish gate and for a snapshot's "data until". What a control
looks at is decided in the seed; what a claim covers is decided at landing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

from publish.content import quoted

SEED = "rules.evaluation_streams"


@dataclass(frozen=True)
class StreamCoverage:
    """One stream that subjects are judged by. `claimed_until` (UTC) is None where no complete claim was accepted."""

    system: str
    stream: str
    subject_types: tuple[str, ...]
    claimed_until: datetime | None

    @property
    def label(self) -> str:
        """The stream as people name it."""
        return f"{self.system}/{self.stream}"


def stream_coverages(
    connection: duckdb.DuckDBPyConnection, catalog: str, not_in_use: Sequence[str] = ()
) -> list[StreamCoverage]:
    """Return every stream of the seed evaluation_streams, by name; the connection's session zone must be UTC.

    Without those that only controls look at which are not in use. A row of the seed that names nothing counts as a
    stream NULL/NULL, which no claim covers.
    """
    idle = _idle_subjects(connection, catalog, not_in_use)
    rows = connection.execute(
        "SELECT coalesce(needed.system_code, 'NULL'), coalesce(needed.stream_name, 'NULL'), "  # noqa: S608 - fixed names
        "list(DISTINCT coalesce(needed.subject_type, 'NULL') ORDER BY coalesce(needed.subject_type, 'NULL')), "
        "max(claims.window_to) FILTER (WHERE claims.is_complete AND claims.outcome = 'accepted') "
        f"FROM {quoted(catalog)}.{SEED} AS needed LEFT JOIN {quoted(catalog)}.marts.fct_claims AS claims "
        "ON claims.system_code = needed.system_code AND claims.stream_name = needed.stream_name "
        "WHERE needed.subject_type IS NULL OR NOT list_contains(?, needed.subject_type) "
        "GROUP BY ALL ORDER BY ALL",
        [idle],
    ).fetchall()
    return [StreamCoverage(system, stream, tuple(subjects), until) for system, stream, subjects, until in rows]


def _idle_subjects(connection: duckdb.DuckDBPyConnection, catalog: str, not_in_use: Sequence[str]) -> list[str]:
    """The subject types that no control in use looks at."""
    if not not_in_use:
        return []
    rows = connection.execute(
        f"SELECT subject_type FROM {quoted(catalog)}.rules.control_parameters GROUP BY subject_type "  # noqa: S608
        "HAVING bool_and(list_contains(?, control_name))",
        [list(not_in_use)],
    ).fetchall()
    return [str(subject) for (subject,) in rows]
