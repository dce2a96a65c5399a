"""A published snapshot of any size, made by DuckDB alone: the input of the benchmark of the reports.

Here belongs making the tables with the columns of the models, in the order that publishing gives them, and then what
publishing itself adds (`publish.serving`). The proportions are those of the warehouse's benchmark: four uses in a
communication, an asset for every two hundred uses and three versions of each, one candidate for each use. All other
tables hold the rows of the tests' example, many times over where they grow with the business.

A key is 64 hexadecimal digits that cannot be compressed, as the models' are; the first eight count up, so that facts
are made in their order and need not be sorted.
"""

from __future__ import annotations

import json
from pathlib import Path

import duckdb

from publish.files import STORAGE_VERSION
from publish.serving import SORTED_BY, write_serving
from publish.snapshot import point_to
from tests.browser.example_snapshot import TABLES, example_rows, insert

USES = 4
USES_OF_ASSET = 200
VERSIONS = 3

_KEY = "sha256('{kind}-' || {number})"
_ASSETS = f"""
    select
        {_KEY.format(kind="asset", number="asset")} as asset_key,
        'cloudinary' as source_system,
        md5('asset-' || asset) as asset_id_cloudinary,
        'brand/picture-' || asset as public_id,
        'image' as resource_type,
        'upload' as delivery_type,
        'jpg' as format_code,
        'picture ' || asset as display_name,
        false as is_deleted,
        {VERSIONS} as version_count,
        timestamptz '2025-01-01 00:00:00+00' as first_uploaded_at,
        1 as _log_index
    from range($assets) as assets (asset)
"""
_VERSIONS = f"""
    select
        {_KEY.format(kind="version", number="asset || '-' || number")} as asset_version_key,
        {_KEY.format(kind="asset", number="asset")} as asset_key,
        md5('asset-' || asset) as asset_id_cloudinary,
        1735689600 + number as version_number,
        md5('bytes-' || asset || '-' || number) as etag,
        'brand/picture-' || asset as public_id_at_upload,
        timestamptz '2025-01-01 00:00:00+00' + to_days((number * 100)::integer) as live_from,
        case number when {VERSIONS - 1} then timestamptz '9999-12-31 00:00:00+00'
            else timestamptz '2025-01-01 00:00:00+00' + to_days((number * 100 + 100)::integer) end as live_to,
        number = {VERSIONS - 1} as is_current,
        'confirmed' as evidence_grade,
        1 as _log_index
    from range($assets) as assets (asset), range({VERSIONS}) as numbers (number)
"""
_APPROVALS = f"""
    select
        {_KEY.format(kind="approval", number="asset || '-' || number")} as approval_key,
        {_KEY.format(kind="asset", number="asset")} as asset_key,
        {_KEY.format(kind="version", number="asset || '-' || number")} as asset_version_key,
        1735689600 + number as version_number,
        md5('bytes-' || asset || '-' || number) as etag,
        'm.lindqvist' as approver_id,
        timestamptz '2025-01-01 01:00:00+00' + to_days((number * 100)::integer) as granted_at,
        timestamptz '9999-12-31 00:00:00+00' as ended_at,
        timestamptz '1970-01-01 00:00:00+00' as valid_from,
        timestamptz '9999-12-31 00:00:00+00' as valid_to,
        'confirmed' as evidence_grade,
        1 as _log_index
    from range($assets) as assets (asset), range({VERSIONS}) as numbers (number)
"""
_COUNTED = "format('{{:08x}}', ({number} * 4294967295 // {of})::bigint) || substr(sha256('{kind}-' || {number}), 9)"
_LETTER_KEY = _COUNTED.format(kind="communication", number="communication", of="$communications")
_USE_KEY = _COUNTED.format(kind="use", number="use", of="$uses")
_MOMENT = "timestamptz '2025-01-02 00:00:00+00' + to_seconds((communication * 7919) % 31000000)"
_COMMUNICATION_ID = "'COM-' || lpad(communication::varchar, 10, '0')"
_VERDICT = "case when communication % 97 = 0 then 'NOT_APPROVED' else 'PROVEN' end"
_JURISDICTION = "['US-TX', 'US-FL', 'NL'][1 + communication % 3]"
_COMMUNICATIONS = f"""
    select
        {_LETTER_KEY} as communication_key,
        {_COMMUNICATION_ID} as communication_id_exstream,
        'claims' as domain_code,
        md5('person-' || communication) as recipient_pseudonym,
        'bill' as document_type,
        'TPL-' || communication % 200 as template_id_exstream,
        'retail' as segment_code,
        {_JURISDICTION} as jurisdiction_code,
        'en' as language_code,
        {_MOMENT} as generated_at,
        {USES} as use_count,
        {_VERDICT} as worst_verdict,
        1 as _log_index
    from range($communications) as communications (communication)
"""
_NUMBERED = f"""
    select use, use // {USES} as communication, use % {USES} as ordinal,
        (use * 2654435761) % $assets as asset, (use // {USES}) % {VERSIONS} as number
    from range($uses) as uses (use)
"""
_USES = f"""
    select
        {_USE_KEY} as asset_use_key,
        {_LETTER_KEY} as communication_key,
        left({_LETTER_KEY}, 63) || ordinal // 2 as rendering_key,
        {_KEY.format(kind="asset", number="asset")} as asset_key,
        {_KEY.format(kind="version", number="asset || '-' || number")} as asset_version_key,
        {_KEY.format(kind="approval", number="asset || '-' || number")} as approval_key,
        {_COMMUNICATION_ID} || '/' || ordinal as asset_use_id,
        {_COMMUNICATION_ID} as communication_id_exstream,
        'R' || (ordinal // 2) as rendering_id_exstream,
        ordinal,
        'hero' as placeholder_name,
        'embedded' as binding,
        ['print', 'email', 'web'][1 + communication % 3] as channel_code,
        md5('asset-' || asset) as asset_id_cloudinary,
        'brand/picture-' || asset as public_id,
        1735689600 + number as version_number,
        md5('bytes-' || asset || '-' || number) as etag,
        'retail' as segment_code,
        {_JURISDICTION} as jurisdiction_code,
        {_MOMENT} as generated_at,
        {_VERDICT} as verdict,
        'exact' as evidence_strength,
        'confirmed' as evidence_grade,
        1 as _log_index
    from ({_NUMBERED})
"""
_CANDIDATES = f"""
    select
        reverse({_USE_KEY}) as candidate_key,
        {_USE_KEY} as asset_use_key,
        {_KEY.format(kind="approval", number="asset || '-' || number")} as approval_key,
        1735689600 + number as version_number,
        md5('bytes-' || asset || '-' || number) as etag,
        {_VERDICT} as verdict,
        false as is_late
    from ({_NUMBERED})
"""
_SUMMARY = """
    select cast(date_trunc('month', generated_at) as date) as month, channel_code as channel, verdict,
        count(*) as use_count
    from marts.fct_asset_uses
    group by all
"""
_CLAIMS = """
    select system_code, stream_name, timestamptz '2025-01-01 00:00:00+00' as window_from,
        timestamptz '2026-01-01 00:00:00+00' as window_to, true as is_complete, 'accepted' as outcome, 1 as row_count,
        0 as quarantined_count
    from (values ('cloudinary', 'notifications'), ('exstream', 'communications'), ('exstream', 'renderings'),
        ('exstream', 'asset_uses'), ('trading_grid', 'publications'), ('trading_grid', 'accesses'),
        ('trading_grid', 'acknowledgements')) as streams (system_code, stream_name)
"""
_MADE = {
    "marts.dim_assets": _ASSETS,
    "marts.dim_asset_versions": _VERSIONS,
    "marts.fct_approvals": _APPROVALS,
    "marts.fct_communications": _COMMUNICATIONS,
    "marts.fct_asset_uses": _USES,
    "marts.bridge_asset_uses_candidates": _CANDIDATES,
    "reports.rpt_verdict_summary": _SUMMARY,
    "marts.fct_claims": _CLAIMS,
}
_IN_ORDER = frozenset({"marts.fct_communications", "marts.fct_asset_uses", "marts.bridge_asset_uses_candidates"})
_TIMES = {
    "marts.fct_exceptions": 400,
    "reports.rpt_exceptions": 400,
    "log.exceptions_seen": 400,
    "marts.fct_publications": 2_000,
    "marts.fct_cases": 20_000,
    "reports.rpt_partner_matrix": 10_000,
    "reports.rpt_partner_audit_trail": 10_000,
    "reports.rpt_feedback": 20_000,
    "marts.fct_template_links": 20_000,
    "marts.fct_proposed_corrections": 20_000,
}
"""Tables that grow with the business: one more row of the example for so many asset uses."""


def make_snapshot(home: Path, name: str, uses: int) -> Path:
    """Write a snapshot of about so many asset uses under `home`, make it the current one, and return its file."""
    folder = home / "snapshots" / name
    folder.mkdir(parents=True)
    path = folder / "assettrail.duckdb"
    with duckdb.connect(":memory:", config={"threads": 2, "memory_limit": "5GB"}) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(f"set temp_directory = '{home / 'spill'}'")
        connection.execute(f"attach '{path}' as snapshot (storage_version '{STORAGE_VERSION}')")
        connection.execute("use snapshot")
        connection.execute("create schema marts")
        connection.execute("create schema reports")
        connection.execute("create schema log")
        for table, columns in TABLES.items():
            connection.execute(f"create table {table} ({columns})")
        _fill(connection, uses)
        write_serving(connection, "snapshot")
        connection.execute("use memory")
        connection.execute("detach snapshot")
    manifest = {
        "name": name,
        "created_at": "2026-01-01T00:00:00Z",
        "data_until": "2026-01-01T00:00:00Z",
        "checks": {"passed": 1, "failed": 0},
        "tables": {},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    point_to(home, name)
    return path


def _fill(connection: duckdb.DuckDBPyConnection, uses: int) -> None:
    """Fill the tables, the large ones by their questions, all others with the rows of the example."""
    numbers = {"uses": uses, "communications": uses // USES, "assets": max(1, uses // USES_OF_ASSET)}
    for table, question in _MADE.items():
        wanted = {name: number for name, number in numbers.items() if f"${name}" in question}
        first = TABLES[table].split()[0]
        is_sorted = table not in _IN_ORDER and f" as {first}" in question
        order = f"order by {SORTED_BY.get(table, first)}" if is_sorted else ""
        connection.execute(f"insert into {table} by name select * from ({question}) {order}", wanted)
    for table, rows in example_rows(20).items():
        if table in _MADE:
            continue
        insert(connection, table, rows)
        if table in _TIMES and rows:
            _multiply(connection, table, uses // _TIMES[table] // len(rows))


_IDS = {
    "marts.fct_cases": "case_id_trading_grid",
    "marts.fct_feedback": "feedback_id_trading_grid",
    "reports.rpt_feedback": "feedback_id_trading_grid",
}
"""What pages look such a row up by, beside its key."""


def _multiply(connection: duckdb.DuckDBPyConnection, table: str, times: int) -> None:
    """Add each row of a table so many times more, under keys and an id of its own."""
    key, order = TABLES[table].split()[0], SORTED_BY.get(table)
    own = ", ".join(f"{column} || '-' || number as {column}" for column in (key, _IDS.get(table)) if column)
    connection.execute(
        f"insert into {table} select told.* replace ({own}) "
        f"from {table} as told, range({times}) as numbers (number) {f'order by {order}' if order else ''}"
    )
