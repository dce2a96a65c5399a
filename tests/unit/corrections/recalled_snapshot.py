"""A snapshot's DuckDB file with one asset and who holds it, for tests of recalls."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

ASSET, OTHER = "a" * 32, "b" * 32
OLD, NEW = "1" * 32, "2" * 32
"""The etags of the asset's two versions."""
SHA256 = "c" * 64
"""The SHA-256 of the older version's bytes."""

_TABLES = {
    "dim_assets": "asset_key varchar, asset_id_cloudinary varchar, public_id varchar",
    "dim_asset_versions": "asset_version_key varchar, asset_key varchar, asset_id_cloudinary varchar, etag varchar, "
    "content_hash varchar",
    "fct_publications": "publication_id_trading_grid varchar, community_id_trading_grid varchar, "
    "asset_id_cloudinary varchar, public_id varchar, version_number bigint, etag varchar, is_live boolean",
    "fct_template_links": "template_id_exstream varchar, image_name varchar, asset_id_cloudinary varchar, "
    "etag varchar, is_in_use boolean",
    "fct_distributions": "partner_key varchar, gtin14 varchar, asset_id_cloudinary varchar, etag varchar, "
    "issued_at timestamptz, accepted_at timestamptz",
    "dim_partners": "partner_key varchar, partner_id_trading_grid varchar",
    "fct_claims": "system_code varchar, stream_name varchar, window_to timestamptz, is_complete boolean, "
    "outcome varchar",
    "fct_asset_uses": "communication_key varchar, binding varchar, asset_id_cloudinary varchar, etag varchar",
    "fct_output_links": "communication_key varchar, asset_id_cloudinary varchar, asset_version_key varchar, "
    "is_beside_report boolean",
}


def write_recalled_snapshot(
    path: Path,
    publications: Sequence[tuple[Any, ...]] = (),
    templates: Sequence[tuple[Any, ...]] = (),
    distributions: Sequence[tuple[Any, ...]] = (),
    known_to: str | None = None,
    output_links: Sequence[tuple[Any, ...]] = (),
) -> Path:
    """Write the file in place of one that is there; by report communications are always three, one of them by address.

    `known_to` is the instant up to which publications and distributions are completely known.
    """
    path.unlink(missing_ok=True)
    rows: dict[str, Sequence[tuple[Any, ...]]] = {
        "dim_assets": [("k", ASSET, "banners/spring"), ("o", OTHER, "banners/other")],
        "dim_asset_versions": [
            ("old", "k", ASSET, OLD, SHA256),
            ("new", "k", ASSET, NEW, None),
            ("other", "o", OTHER, "3" * 32, None),
        ],
        "fct_publications": publications,
        "fct_template_links": templates,
        "fct_distributions": distributions,
        "dim_partners": [("p1", "PARTNER-1"), ("p2", "PARTNER-2")],
        "fct_claims": [
            ("trading_grid", stream, known_to, known_to is not None, "accepted")
            for stream in ("publications", "distributions")
        ],
        "fct_output_links": output_links,
        "fct_asset_uses": [
            ("c1", "embedded", ASSET, OLD),
            ("c1", "embedded", ASSET, NEW),
            ("c2", "live_url", ASSET, NEW),
            ("c3", "embedded", ASSET, OLD),
            ("c4", "embedded", OTHER, "3" * 32),
        ],
    }
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema marts")
        for table, columns in _TABLES.items():
            connection.execute(f"create table marts.{table} ({columns})")
            for row in rows[table]:
                connection.execute(f"insert into marts.{table} values ({', '.join('?' for _ in row)})", list(row))
    return path
