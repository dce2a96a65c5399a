"""What a published file holds beside the tables of the build, so that pages answer at once at any size.

Here belong the order in which tables lie, the indexes of those that are looked up by several keys, and the schema
`serving`: copies of facts in the order of a second key, and counts made once. All of it is made from the published
tables by the questions below, holds nothing that they do not, and is no content: it stands outside manifest, content
hashes and Parquet. Readers ask it where it is there, and else the same questions over the marts (`relation`).

DuckDB skips a row group by the first eight bytes of its least and greatest text. Vendors' ids begin alike
(`COM-0001…`), so that facts lie in the order of their keys, which are hashes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import duckdb

from publish.content import quoted

SCHEMA: Final = "serving"
USES: Final = "marts.fct_asset_uses"
COMMUNICATIONS: Final = "marts.fct_communications"
EXCEPTIONS: Final = "marts.fct_exceptions"
NAMES_OF_A_PLACE: Final = 2048

SORTED_BY: Final = {
    "marts.fct_asset_uses": "communication_key, rendering_id_exstream, ordinal",
    "marts.bridge_asset_uses_candidates": "asset_use_key, candidate_key",
    "marts.fct_renderings": "communication_key, rendering_id_exstream",
    "marts.fct_exposures": "communication_key, asset_use_id",
    "marts.fct_exposure_versions": "communication_key, asset_use_id, served_from",
    "reports.rpt_communication_dossier": "communication_id_exstream",
    "marts.fct_exceptions": "control_name, subject_id",
}
"""How published tables lie that are not looked up by their first column."""

INDEXED: Final = {
    "marts.dim_assets": ("asset_key", "asset_id_cloudinary", "public_id"),
    "marts.dim_asset_versions": ("asset_version_key", "asset_key", "etag"),
    "marts.fct_approvals": ("approval_key", "asset_key"),
    "marts.fct_publications": ("asset_key",),
    "marts.fct_exceptions": ("asset_key", "exception_key"),
    "reports.rpt_exceptions": ("exception_key",),
    "serving.exception_communications": ("exception_key",),
}
"""Tables of some hundred thousand rows that a page joins by keys from everywhere: there zone maps skip nothing."""


@dataclass(frozen=True)
class Served:
    """A table of the schema `serving`: what it is made of, of which tables, in which order it lies, what it is for."""

    question: str
    order: str
    comment: str
    made_of: tuple[str, ...] = (USES,)


SERVED: Final = {
    "asset_uses": Served(
        """
        select
            asset_key,
            coalesce(generated_at, timestamptz '1970-01-01 00:00:00+00') as happened_at,
            asset_use_key,
            asset_use_id,
            communication_id_exstream,
            placeholder_name,
            channel_code,
            jurisdiction_code,
            version_number,
            verdict
        from marts.fct_asset_uses
        """,
        "asset_key, happened_at desc, asset_use_key desc",
        "One row per asset use: marts.fct_asset_uses by asset, the newest first. happened_at is 1970 where unknown.",
    ),
    "asset_usage": Served(
        """
        select
            asset_key,
            asset_version_key,
            version_number,
            channel_code,
            jurisdiction_code,
            date_trunc('week', generated_at at time zone 'UTC') at time zone 'UTC' as week_from,
            verdict,
            count(*) as asset_use_count,
            min(generated_at) as first_generated_at,
            max(generated_at) as last_generated_at
        from marts.fct_asset_uses
        group by all
        """,
        "asset_key",
        "One row per asset, version, channel, jurisdiction, week and verdict: how many asset uses. Weeks begin on "
        "Monday 00:00 UTC.",
    ),
    "asset_communications": Served(
        """
        select
            asset_key,
            channel_code,
            jurisdiction_code,
            grouping(channel_code) = 1 as is_every_channel,
            count(distinct communication_key) as communication_count
        from marts.fct_asset_uses
        group by grouping sets ((asset_key, channel_code, jurisdiction_code), (asset_key, jurisdiction_code))
        """,
        "asset_key",
        "One row per asset, channel and jurisdiction, and one over all channels: how many communications.",
    ),
    "use_days": Served(
        """
        select
            date_trunc('day', generated_at at time zone 'UTC') at time zone 'UTC' as day_from,
            jurisdiction_code,
            verdict,
            count(*) as asset_use_count
        from marts.fct_asset_uses
        group by all
        """,
        "day_from",
        "One row per day (UTC), jurisdiction and verdict: how many asset uses.",
    ),
    "communication_days": Served(
        """
        select
            date_trunc('day', generated_at at time zone 'UTC') at time zone 'UTC' as day_from,
            jurisdiction_code,
            count(*) as communication_count,
            min(generated_at) as first_generated_at,
            max(generated_at) as last_generated_at
        from marts.fct_communications
        group by all
        """,
        "day_from",
        "One row per day (UTC) and jurisdiction: how many communications.",
        (COMMUNICATIONS,),
    ),
    "template_communications": Served(
        """
        select
            template_id_exstream,
            domain_code,
            jurisdiction_code,
            count(*) as communication_count,
            min(generated_at) as first_generated_at,
            max(generated_at) as last_generated_at
        from marts.fct_communications
        group by all
        """,
        "template_id_exstream",
        "One row per template, domain and jurisdiction: how many communications.",
        (COMMUNICATIONS,),
    ),
    "exception_communications": Served(
        """
        select exception_key, communications.communication_id_exstream, communications.jurisdiction_code
        from marts.fct_exceptions as exceptions
        inner join marts.fct_communications as communications
            on exceptions.communication_key = communications.communication_key
        """,
        "exception_key",
        "One row per exception that is about a communication: its id.",
        (EXCEPTIONS, COMMUNICATIONS),
    ),
    "recipient_communications": Served(
        """
        select
            recipient_pseudonym,
            coalesce(generated_at, timestamptz '1970-01-01 00:00:00+00') as happened_at,
            communication_key,
            communication_id_exstream,
            domain_code,
            document_type,
            template_id_exstream,
            segment_code,
            jurisdiction_code,
            use_count,
            worst_verdict
        from marts.fct_communications
        where recipient_pseudonym is not null
        """,
        "recipient_pseudonym, happened_at desc, communication_key desc",
        "One row per communication whose recipient is known: marts.fct_communications by the pseudonym of the "
        "recipient, the newest first. happened_at is 1970 where unknown.",
        (COMMUNICATIONS,),
    ),
    "communication_names": Served(
        f"""
        select
            cast((row_number() over () - 1) // {NAMES_OF_A_PLACE} as integer) as place,
            folded,
            communication_id_exstream,
            communication_key,
            jurisdiction_code
        from (
            select
                lower(communication_id_exstream) as folded,
                communication_id_exstream,
                communication_key,
                jurisdiction_code
            from marts.fct_communications
            order by folded, communication_id_exstream, communication_key
        )
        """,  # noqa: S608 - a constant
        "",
        "One row per communication by its id in small letters, cut into places of the same length.",
        (COMMUNICATIONS,),
    ),
    "communication_places": Served(
        "select place, min(folded) as first_folded from serving.communication_names group by place",
        "place",
        "One row per place of serving.communication_names: the first id in it.",
        (COMMUNICATIONS,),
    ),
}


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

    Somebody who is restricted sees it narrowed like every table with a jurisdiction.
    """
    try:
        cursor.execute(f"SELECT 1 FROM {SCHEMA}.{name} LIMIT 0")  # noqa: S608 - a name of SERVED
    except duckdb.CatalogException:
        return f"({SERVED[name].question})"
    return f"{SCHEMA}.{name}"
