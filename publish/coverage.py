"""Which streams the controls rest on, and up to when each is completely known.

Here belongs one question to a build file, asked by the publish gate and for a snapshot's "data until". What a control
looks at is decided in the seed; what a claim covers is decided at landing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import duckdb

from publish.content import quoted

SEED = "seeds.evaluation_streams"


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


def stream_coverages(connection: duckdb.DuckDBPyConnection, catalog: str) -> list[StreamCoverage]:
    """Return every stream of the seed evaluation_streams, by name; the connection's session zone must be UTC.

    A row of the seed that names nothing counts as a stream NULL/NULL, which no claim covers.
    """
    rows = connection.execute(
        "SELECT coalesce(needed.system_code, 'NULL'), coalesce(needed.stream_name, 'NULL'), "  # noqa: S608 - fixed names
        "list(DISTINCT coalesce(needed.subject_type, 'NULL') ORDER BY coalesce(needed.subject_type, 'NULL')), "
        "max(claims.window_to) FILTER (WHERE claims.is_complete AND claims.outcome = 'accepted') "
        f"FROM {quoted(catalog)}.{SEED} AS needed LEFT JOIN {quoted(catalog)}.marts.fct_claims AS claims "
        "ON claims.system_code = needed.system_code AND claims.stream_name = needed.stream_name "
        "GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    return [StreamCoverage(system, stream, tuple(subjects), until) for system, stream, subjects, until in rows]
