"""What a published file holds beside the tables of the build, so that pages answer at once at any size.

Here belong the order in which tables lie, the indexes of those that are looked up by several keys, and writing the
schema `serving`: copies of facts in the order of a second key, and counts made once. All of it is made from the
published tables by the questions of `publish.served`, holds nothing that they do not, and is no content: it stands
outside manifest, content hashes and Parquet. Readers ask it where it is there, and else the same questions over the
marts (`relation`).

DuckDB skips a row group by the first eight bytes of its least and greatest text. Vendors' ids begin alike
(`COM-0001…`), so that facts lie in the order of their keys, which are hashes.
"""

from __future__ import annotations

import re
from typing import Final

import duckdb

from publish.content import quoted
from publish.served.assets import ASSETS_SERVED
from publish.served.names import NAMES_SERVED
from publish.served.uses import USES_SERVED

SCHEMA: Final = "serving"

SORTED_BY: Final = {
    "marts.fct_asset_uses": "communication_key, rendering_id_exstream, ordinal",
    "marts.bridge_asset_uses_candidates": "asset_use_key, candidate_key",
    "marts.fct_renderings": "communication_key, rendering_id_exstream",
    "marts.fct_output_links": "communication_key, file_name, ordinal, output_link_key",
    "marts.fct_run_resources": "domain_code, flow_instance_id_exstream, resource_id_exstream, resource_version_number",
    "marts.fct_exposures": "communication_key, asset_use_id",
    "marts.fct_exposure_versions": "communication_key, asset_use_id, served_from",
    "reports.rpt_communication_dossier": "communication_id_exstream",
    "marts.fct_exceptions": "control_name, subject_id",
    "marts.dim_asset_versions": "asset_key, version_number, asset_version_key",
    "marts.fct_approvals": "asset_key, granted_at, approval_key",
}
"""How published tables lie that are not looked up by their first column."""

INDEXED: Final = {
    "marts.dim_assets": ("asset_key", "asset_id_cloudinary"),
    "marts.dim_asset_versions": ("asset_version_key", "asset_key"),
    "marts.fct_approvals": ("approval_key", "asset_key"),
    "marts.fct_publications": ("asset_key",),
    "marts.fct_exceptions": ("asset_key", "exception_key"),
    "reports.rpt_exceptions": ("exception_key",),
    "log.exceptions_seen": ("exception_key",),
    "serving.exception_communications": ("exception_key",),
    "serving.asset_totals": ("asset_key",),
    "serving.asset_counts": ("asset_key",),
    "serving.similar_names": ("name_row",),
}
"""Tables of some hundred thousand rows that a page joins by keys from everywhere: there zone maps skip nothing."""


SERVED: Final = {**USES_SERVED, **ASSETS_SERVED, **NAMES_SERVED}


_OF_SERVED: Final = re.compile(rf"\b{SCHEMA}\.(\w+)")


def write_serving(connection: duckdb.DuckDBPyConnection, catalog: str) -> None:
    """Make the schema `serving` and the indexes in an attached file that already holds its tables.

    Leaves the catalog as the connection's default one; the caller detaches it. What is made of a table that is not
    there is left out, and so is an index of a column that is not there: the pages ask the marts then.
    """
    connection.execute(f"USE {quoted(catalog)}")
    connection.execute(f"CREATE SCHEMA {SCHEMA}")
    known = _columns(connection, catalog)
    for name, served in SERVED.items():
        if not known.keys() >= set(served.made_of):
            continue
        order = f" ORDER BY {served.order}" if served.order else ""
        connection.execute(f"CREATE TABLE {SCHEMA}.{name} AS {served.question}{order}")
        connection.execute(f"COMMENT ON TABLE {SCHEMA}.{name} IS '{served.comment}'")
    known = _columns(connection, catalog)
    for table, columns in INDEXED.items():
        for column in columns:
            if column in known.get(table, ()):
                name = quoted(f"{table.partition('.')[2]}_by_{column}")
                connection.execute(f"CREATE INDEX {name} ON {table} ({column})")


def _columns(connection: duckdb.DuckDBPyConnection, catalog: str) -> dict[str, tuple[str, ...]]:
    rows = connection.execute(
        "SELECT schema_name || '.' || table_name, list(column_name) FROM duckdb_columns() "
        "WHERE database_name = ? GROUP BY ALL",
        [catalog],
    ).fetchall()
    return {str(table): tuple(columns) for table, columns in rows}


def relation(cursor: duckdb.DuckDBPyConnection, name: str) -> str:
    """Return what to read `serving.<name>` from: the table, or its question where the snapshot is older than it.

    Somebody who is restricted sees it narrowed like every table with a jurisdiction, and asks the question where the
    table counts over all of them.
    """
    try:
        cursor.execute(f"SELECT 1 FROM {SCHEMA}.{name} LIMIT 0")  # noqa: S608 - a name of SERVED
    except duckdb.CatalogException:
        question = _OF_SERVED.sub(lambda found: relation(cursor, found[1]), SERVED[name].question)
        return f"({question})"
    return f"{SCHEMA}.{name}"
