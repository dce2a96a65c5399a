"""A small published snapshot with every verdict, worked cases and hostile names, for the tests of the reports.

Here belong putting the example together and publishing it; its rows are in `tests.browser.example`, by domain. That the
real marts fit the pages is tested where the warehouse is really built.
"""

from __future__ import annotations

import atexit
import json
import shutil
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from publish.reading import DATABASE
from publish.report_words import reports_in_manifest
from publish.serving import write_serving
from tests.browser.example import (
    accesses,
    assets,
    communities,
    exceptions,
    exposures,
    feedback,
    launches,
    letters,
    partners,
    pipeline,
    reports,
    templates,
)
from tests.browser.example.communities import CORRECTED_LINK
from tests.browser.example.described import comments_of_reports, report_words, whole_columns
from tests.browser.example.names import (
    ANSWERED_CASE,
    BANNER,
    EARLY_LETTER,
    FORMULA,
    HOSTILE_ASSET,
    HOSTILE_LETTER,
    LETTER,
    LETTERHEAD,
    LONG_NAME,
    ORDINARY_LETTERS,
    RIGHT_TO_LEFT,
    SCRIPT,
    SEVERAL_LETTER,
    TWIN_LETTER,
    WAITING_CASE,
    Row,
    asset_id_of,
    at,
    etag_of,
    key_of,
    version_key,
)

__all__ = [
    "ANSWERED_CASE",
    "BANNER",
    "CORRECTED_LINK",
    "EARLY_LETTER",
    "FORMULA",
    "HOSTILE_ASSET",
    "HOSTILE_LETTER",
    "LETTER",
    "LETTERHEAD",
    "LONG_NAME",
    "RIGHT_TO_LEFT",
    "SCRIPT",
    "SEVERAL_LETTER",
    "TABLES",
    "TWIN_LETTER",
    "WAITING_CASE",
    "asset_id_of",
    "at",
    "etag_of",
    "key_of",
    "point_to",
    "publish_example",
    "version_key",
]

_DOMAINS = (
    assets,
    letters,
    exposures,
    communities,
    partners,
    launches,
    templates,
    feedback,
    pipeline,
    exceptions,
    accesses,
    reports,
)
TABLES: Mapping[str, str] = {table: columns for domain in _DOMAINS for table, columns in domain.TABLES.items()}


@cache
def _example_file(letters: int) -> Path:
    """Return the file of the example with so many letters; made once in each process that tests, and copied."""
    made = TemporaryDirectory(prefix="assettrail-example-")
    atexit.register(made.cleanup)
    path = Path(made.name) / DATABASE
    with duckdb.connect(str(path)) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute("create schema marts")
        connection.execute("create schema reports")
        connection.execute("create schema log")
        for table, columns in TABLES.items():
            connection.execute(f"create table {table} ({whole_columns(table, columns)})")
        for table, rows in example_rows(letters).items():
            insert(connection, table, rows)
        for statement in comments_of_reports():
            connection.execute(statement)
        write_serving(connection, path.stem)
    return path


def publish_example(home: Path, name: str = "20260504T060000Z-4711", *, letters: int = ORDINARY_LETTERS) -> Path:
    """Write the example as a published snapshot under `home`, make it the current one, and return its folder."""
    folder = home / "snapshots" / name
    folder.mkdir(parents=True)
    shutil.copyfile(_example_file(letters), folder / DATABASE)
    manifest = {
        "name": name,
        "created_at": "2026-05-04T06:03:00Z",
        "data_until": "2026-05-04T06:00:00Z",
        "log": {"size": 4711, "root_hash": key_of("root")},
        "checks": {"passed": 212, "failed": 0},
        "tables": {"marts.fct_cases": {"rows": 2, "content_hash": key_of("cases")}},
        "previous": None,
        "reports": reports_in_manifest(report_words()),
        **pipeline.manifest(name),
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    point_to(home, name)
    return folder


def point_to(home: Path, name: str) -> None:
    """Make the snapshot of that name the current one, as `publish` does: by one rename of the pointer."""
    fresh = home / "snapshots" / ".current-next"
    fresh.symlink_to(name)
    fresh.replace(home / "snapshots" / "current")


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Iterable[Row]) -> None:
    """Insert rows that name the columns they fill."""
    rows = list(rows)
    if rows:
        columns = list(rows[0])
        marks = ", ".join("?" for _ in columns)
        text = f"insert into {table} ({', '.join(columns)}) values ({marks})"
        connection.executemany(text, [[row[column] for column in columns] for row in rows])


def example_rows(letter_count: int) -> dict[str, list[Row]]:
    """Return the rows of every table of the example."""
    versions = assets.versions()
    uses = [*letters.letter_uses(), *letters.other_uses(letter_count)]
    found = exceptions.exceptions(uses)
    links, served = exposures.exposures(uses, versions)
    uses_by_key = {use["asset_use_key"]: use for use in uses}
    return {
        "marts.dim_assets": assets.assets(versions),
        "marts.dim_asset_versions": versions,
        "marts.fct_approvals": assets.approvals(),
        "marts.fct_communications": letters.communications(uses),
        "marts.fct_renderings": letters.renderings(uses),
        "marts.fct_asset_uses": uses,
        "marts.fct_exposures": links,
        "marts.fct_exposure_versions": served,
        "marts.bridge_asset_uses_candidates": letters.candidates(uses),
        "reports.rpt_communication_dossier": letters.dossiers(uses),
        "reports.rpt_verdict_summary": letters.verdict_summary(uses),
        **communities.rows(),
        **partners.rows(),
        **launches.rows(),
        **templates.rows(),
        **feedback.rows(),
        **accesses.rows(),
        **reports.rows(),
        "marts.fct_claims": pipeline.claims(),
        "marts.fct_claim_stretches": pipeline.stretches(),
        "marts.fct_exceptions": found,
        exceptions.SEEN: exceptions.seen(found),
        "marts.fct_proposed_corrections": exceptions.proposed(),
        "reports.rpt_exceptions": [exceptions.described(row, uses_by_key) for row in found],
    }
