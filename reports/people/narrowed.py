"""A snapshot as somebody may see it who is restricted to jurisdictions.

Here belongs the one place where the restriction is made: beside the published file stands a database in memory with a
view for each of its tables under the same name, and every view holds only the rows of communications in the
jurisdictions that are bound to the cursor. Pages, twins and searches ask the same queries as ever and cannot forget
the restriction; what no rule narrows is not there at all. The tables without communications are named here, and a
test holds the list to the columns of the warehouse.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final

import duckdb

_CATALOG: Final = "published"
_BOUND: Final = "jurisdictions"
_ALLOWED: Final = f"jurisdiction_code in (select unnest(getvariable('{_BOUND}')))"
_COMMUNICATIONS: Final = f"select communication_key from {_CATALOG}.marts.fct_communications where {_ALLOWED}"  # noqa: S608 - constants
_USES: Final = f"select asset_use_key from {_CATALOG}.marts.fct_asset_uses where {_ALLOWED}"  # noqa: S608 - constants
_EXCEPTIONS: Final = (
    f"select exception_key from {_CATALOG}.marts.fct_exceptions where communication_key in ({_COMMUNICATIONS})"  # noqa: S608 - constants
)
_BY_COLUMN: Final = (
    ("jurisdiction_code", _ALLOWED),
    ("communication_key", f"communication_key in ({_COMMUNICATIONS})"),
    ("asset_use_key", f"asset_use_key in ({_USES})"),
    ("exception_key", f"exception_key in ({_EXCEPTIONS})"),
)
"""The first of these columns that a table has narrows it; nobody restricted sees a row without a value there."""

WITHOUT_COMMUNICATIONS: Final = frozenset(
    f"{schema}.{name}"
    for schema, names in {
        "marts": (
            "bridge_communities_launches bridge_communities_partners dim_asset_versions dim_assets dim_communities "
            "dim_launches dim_metadata_field_values dim_partner_subjects dim_partners dim_publishable_versions "
            "dim_renditions dim_template_images dim_template_versions dim_templates dim_variants fct_acknowledgements "
            "fct_approvals fct_case_messages fct_cases fct_claims fct_community_needs fct_design_changes "
            "fct_distributions fct_downloads fct_feedback fct_flags fct_format_requests fct_launch_messages "
            "fct_launch_requirements fct_launch_tasks fct_launch_visuals fct_partner_receipts fct_publications "
            "fct_receipts fct_searches fct_shares fct_template_links"
        ),
        "reports": (
            "rpt_brand_currency rpt_case_timeline rpt_community_shelf rpt_feedback rpt_feedback_by_category "
            "rpt_label_reconciliation rpt_launch_readiness rpt_launch_requirements "
            "rpt_partner_artwork rpt_partner_audit_trail rpt_partner_downloads rpt_partner_searches "
            "rpt_publication_receipts rpt_variant_matrix"
        ),
    }.items()
    for name in names.split()
)
"""Tables that tell nothing of communications, not even a number of them: everybody who may read sees all of them."""


class NarrowedSnapshot:
    """The views over one published file; made at the first request of a person who is restricted."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._connection: duckdb.DuckDBPyConnection | None = None

    def cursor(self, jurisdictions: Collection[str]) -> duckdb.DuckDBPyConnection:
        """Return a cursor that sees the communications of these jurisdictions only; whoever asked closes it."""
        with self._lock:
            if self._connection is None:
                self._connection = _narrowed(self._database)
            cursor = self._connection.cursor()
        cursor.execute(f"SET VARIABLE {_BOUND} = $1", [sorted(jurisdictions)])
        return cursor


def narrowing(relation: str, columns: Collection[str]) -> str | None:
    """Return the predicate that narrows a table (`schema.name`), None where it may not be seen at all."""
    for column, predicate in _BY_COLUMN:
        if column in columns:
            return predicate
    return "true" if relation in WITHOUT_COMMUNICATIONS else None


def _narrowed(database: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:")
    connection.execute(f"ATTACH '{str(database).replace(chr(39), chr(39) * 2)}' AS {_CATALOG} (READ_ONLY)")
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    for statement in _views(_columns(connection)):
        connection.execute(statement)
    connection.execute("SET GLOBAL enable_external_access = false")
    return connection


def _columns(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], set[str]]:
    found: dict[tuple[str, str], set[str]] = {}
    rows = connection.execute(
        "select schema_name, table_name, column_name from duckdb_columns() "
        "where database_name = $1 and schema_name in ('marts', 'reports', 'controls')",
        [_CATALOG],
    ).fetchall()
    for schema, table, column in rows:
        found.setdefault((schema, table), set()).add(column)
    return found


def _views(columns: dict[tuple[str, str], set[str]]) -> Iterable[str]:
    for schema in ("marts", "reports", "controls"):
        yield f"CREATE SCHEMA {schema}"
    for (schema, table), names in sorted(columns.items()):
        predicate = narrowing(f"{schema}.{table}", names)
        if predicate is not None:
            named = f"{schema}.{_quoted(table)}"
            yield f"CREATE VIEW {named} AS SELECT * FROM {_CATALOG}.{named} WHERE {predicate}"  # noqa: S608 - quoted


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
