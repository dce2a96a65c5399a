"""A published snapshot of any size, made by DuckDB alone: the input of the benchmark of the reports.

Here belongs making the tables that dossier, asset page and search read, with the columns of the models and in the
order that publishing gives them. The proportions are those of the warehouse's benchmark: four uses in a communication,
an asset for every two hundred uses and three versions of each.
"""

from __future__ import annotations

import json
from pathlib import Path

import duckdb

from publish.files import SORTED_BY
from publish.snapshot import point_to
from tests.browser.example_snapshot import TABLES

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
_MOMENT = "timestamptz '2025-01-02 00:00:00+00' + to_seconds((communication * 7919) % 31000000)"
_COMMUNICATION_ID = "'COM-' || lpad(communication::varchar, 10, '0')"
_COMMUNICATIONS = f"""
    select
        {_KEY.format(kind="communication", number="communication")} as communication_key,
        {_COMMUNICATION_ID} as communication_id_exstream,
        'claims' as domain_code,
        'retail' as segment_code,
        'US-TX' as jurisdiction_code,
        'en' as language_code,
        {_MOMENT} as generated_at,
        {USES} as use_count,
        'PROVEN' as worst_verdict,
        1 as _log_index
    from range($communications) as communications (communication)
"""
_USES = f"""
    select
        sha256('use-' || communication || '-' || ordinal) as asset_use_key,
        {_KEY.format(kind="communication", number="communication")} as communication_key,
        sha256('rendering-' || communication || '-' || ordinal // 2) as rendering_key,
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
        ['US-TX', 'US-FL', 'NL'][1 + communication % 3] as jurisdiction_code,
        {_MOMENT} as generated_at,
        'PROVEN' as verdict,
        'exact' as evidence_strength,
        'confirmed' as evidence_grade,
        1 as _log_index
    from (
        select communication, ordinal, (communication * 2654435761 + ordinal * 40503) % $assets as asset,
            communication % {VERSIONS} as number
        from range($communications) as communications (communication), range({USES}) as ordinals (ordinal)
    )
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
    "marts.fct_claims": _CLAIMS,
}


def make_snapshot(home: Path, name: str, uses: int) -> Path:
    """Write a snapshot of about so many asset uses under `home`, make it the current one, and return its file."""
    folder = home / "snapshots" / name
    folder.mkdir(parents=True)
    numbers = {"communications": uses // USES, "assets": max(1, uses // USES_OF_ASSET)}
    path = folder / "assettrail.duckdb"
    with duckdb.connect(str(path), config={"threads": 2, "memory_limit": "4GB"}) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute("create schema marts")
        connection.execute("create schema reports")
        for table, columns in TABLES.items():
            connection.execute(f"create table {table} ({columns})")
            if table in _MADE:
                wanted = {name: number for name, number in numbers.items() if f"${name}" in _MADE[table]}
                order = f"order by {SORTED_BY[table]}" if table in SORTED_BY else ""
                connection.execute(f"insert into {table} by name select * from ({_MADE[table]}) {order}", wanted)
    manifest = {"name": name, "data_until": "2026-01-01T00:00:00Z", "checks": {"passed": 1, "failed": 0}, "tables": {}}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    point_to(home, name)
    return path
