"""A snapshot as somebody may see it who is restricted to jurisdictions.

Here belongs the one place where the restriction is made: beside the published file stands a database in memory with a
view for each of its tables under the same name, and every view holds only the rows of communications in the
jurisdictions that are bound to the cursor. Pages, twins and searches ask the same queries as ever and cannot forget
the restriction; what no rule narrows is not there at all. The tables without communications are named here, and a
test holds the list to the columns of the warehouse.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import duckdb

from publish.served.names import OPEN_TO_ALL
from reports.people.counted_anew import ALLOWED, BOUND, CATALOG, COUNTED_ANEW, REPLACED

_SCHEMAS: Final = ("marts", "reports", "controls", "rules", "serving", "log")
_COMMUNICATIONS: Final = f"select communication_key from {CATALOG}.marts.fct_communications where {ALLOWED}"  # noqa: S608 - constants
_USES: Final = f"select asset_use_key from {CATALOG}.marts.fct_asset_uses where {ALLOWED}"  # noqa: S608 - constants
_EXCEPTIONS: Final = (
    f"select exception_key from {CATALOG}.marts.fct_exceptions where communication_key in ({_COMMUNICATIONS})"  # noqa: S608 - constants
)
_READ: Final = re.compile(rf"{CATALOG}\.(\w+)\.(\w+)")
_BY_COLUMN: Final = (
    ("jurisdiction_code", ALLOWED),
    ("communication_key", f"communication_key in ({_COMMUNICATIONS})"),
    ("asset_use_key", f"asset_use_key in ({_USES})"),
    ("exception_key", f"exception_key in ({_EXCEPTIONS})"),
)
"""The first of these columns that a table has narrows it; nobody restricted sees a row without a value there."""

WITHOUT_COMMUNICATIONS: Final = frozenset(
    f"{schema}.{name}"
    for schema, names in {
        "marts": (
            "bridge_communities_launches bridge_communities_partners dim_asset_versions dim_assets "
            "dim_catalogue_images dim_communities "
            "dim_launches dim_metadata_field_values dim_partner_subjects dim_partners dim_publishable_versions "
            "dim_renditions dim_template_images dim_template_versions dim_templates dim_variants fct_acknowledgements "
            "fct_approvals fct_case_messages fct_cases fct_claim_stretches fct_claims fct_community_needs "
            "fct_design_changes fct_distributions fct_downloads fct_eligibilities fct_feedback fct_flags "
            "fct_format_requests fct_launch_messages fct_launch_requirements fct_launch_tasks fct_launch_visuals "
            "fct_partner_receipts fct_publications fct_receipts fct_run_resources fct_searches fct_shares "
            "fct_template_links"
        ),
        "reports": (
            "rpt_brand_currency rpt_case_timeline rpt_cases rpt_community_shelf rpt_feedback rpt_feedback_by_category "
            "rpt_label_reconciliation rpt_launch_readiness rpt_launch_requirements "
            "rpt_partner_artwork rpt_partner_audit_trail rpt_partner_downloads rpt_partner_matrix rpt_partner_searches "
            "rpt_publication_receipts rpt_variant_matrix"
        ),
        "rules": (
            "campaign_windows catalogue_rules channel_policies control_parameters days_allowed decision_policies "
            "evaluation_streams exposure_days feedback_measures grace_days print_placements rendition_formats "
            "rendition_outcomes rendition_policies verdict_reasons verdicts"
        ),
    }.items()
    for name in names.split()
)
"""Tables that tell nothing of communications, not even a number of them: everybody who may read sees all of them."""


class NarrowedSnapshot:
    """The views over one published file; made at the first request of a person who is restricted."""

    def __init__(self, database: Path, limits: Mapping[str, Any]) -> None:
        self._database = database
        self._limits = limits
        self._lock = threading.Lock()
        self._connection: duckdb.DuckDBPyConnection | None = None

    def cursor(self, jurisdictions: Collection[str]) -> duckdb.DuckDBPyConnection:
        """Return a cursor that sees the communications of these jurisdictions only; whoever asked closes it."""
        with self._lock:
            if self._connection is None:
                self._connection = _narrowed(self._database, self._limits)
            cursor = self._connection.cursor()
        cursor.execute(f"SET VARIABLE {BOUND} = $1", [sorted(jurisdictions)])
        return cursor

    def close(self) -> None:
        """Let the file go; a later cursor opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None


def narrowing(relation: str, columns: Collection[str]) -> str | None:
    """Return the predicate that narrows a table (`schema.name`), None where it may not be seen at all."""
    for column, predicate in _BY_COLUMN:
        if column in columns:
            return predicate
    return "true" if relation in WITHOUT_COMMUNICATIONS | OPEN_TO_ALL else None


def _narrowed(database: Path, limits: Mapping[str, Any]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:", config=dict(limits))
    connection.execute(f"ATTACH '{str(database).replace(chr(39), chr(39) * 2)}' AS {CATALOG} (READ_ONLY)")
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    for statement in _views(_columns(connection)):
        connection.execute(statement)
    connection.execute("SET GLOBAL enable_external_access = false")
    return connection


def _columns(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], set[str]]:
    found: dict[tuple[str, str], set[str]] = {}
    rows = connection.execute(
        "select schema_name, table_name, column_name from duckdb_columns() "
        "where database_name = $1 and list_contains($2, schema_name)",
        [CATALOG, list(_SCHEMAS)],
    ).fetchall()
    for schema, table, column in rows:
        found.setdefault((schema, table), set()).add(column)
    return found


def _views(columns: dict[tuple[str, str], set[str]]) -> Iterable[str]:
    for schema in _SCHEMAS:
        yield f"CREATE SCHEMA {schema}"
    for (schema, table), names in sorted(columns.items()):
        relation = f"{schema}.{table}"
        question = REPLACED.get(relation) or _question(relation, f"{schema}.{_quoted(table)}", names, columns)
        if question is not None:
            yield f"CREATE VIEW {schema}.{_quoted(table)} AS {question}"


def _question(
    relation: str, named: str, columns: Collection[str], published: Collection[tuple[str, str]]
) -> str | None:
    """Return what a table is to somebody restricted, None where it may not be seen at all.

    What is counted anew from a table that was not published is not told.
    """
    predicate = narrowing(relation, columns)
    anew = [
        f"{sql if all((schema, table) in published for schema, table in _READ.findall(sql)) else 'null'} as {column}"
        for column, sql in COUNTED_ANEW.get(relation, {}).items()
        if column in columns
    ]
    if predicate is None and relation not in COUNTED_ANEW:
        return None
    replaced = f" REPLACE ({', '.join(anew)})" if anew else ""
    return f"SELECT *{replaced} FROM {CATALOG}.{named} AS told WHERE {predicate or 'true'}"  # noqa: S608 - quoted


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
