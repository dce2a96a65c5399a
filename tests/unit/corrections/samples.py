"""Snapshots and settings for tests of corrections."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from assettrail.clock import FixedClock
from assettrail.settings import Settings
from corrections.people.register import Person
from evidence.keys import create_keys

NOW = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
CLOCK = FixedClock(NOW)
DATABASE_URL: str | None = None
"""Where `settings_for` has the outbox; None: SQLite under home."""
COLUMNS = {
    "correction_key": "VARCHAR",
    "kind": "VARCHAR",
    "exception_key": "VARCHAR",
    "subject_id": "VARCHAR",
    "community_id_trading_grid": "VARCHAR",
    "case_id_trading_grid": "VARCHAR",
    "publication_id_trading_grid": "VARCHAR",
    "asset_id_cloudinary": "VARCHAR",
    "public_id": "VARCHAR",
    "expected_version_number": "BIGINT",
    "expected_etag": "VARCHAR",
    "desired_version_number": "BIGINT",
    "desired_etag": "VARCHAR",
    "desired_format_code": "VARCHAR",
    "target_id": "VARCHAR",
    "target_version_number": "BIGINT",
    "desired_rendition_name": "VARCHAR",
    "desired_region_code": "VARCHAR",
    "desired_language_code": "VARCHAR",
    "desired_device_code": "VARCHAR",
    "desired_transformation": "VARCHAR",
    "message_text": "VARCHAR",
    "resource_type": "VARCHAR",
    "reason": "VARCHAR",
    "is_in_effect": "BOOLEAN",
}


def link_row(number: int, **changes: Any) -> dict[str, Any]:
    """A row that asks for a replacement link into case `CASE-<number>`."""
    return {
        "correction_key": f"{number:02d}" + "a" * 62,
        "kind": "replacement_link",
        "exception_key": f"{number:02d}" + "e" * 62,
        "subject_id": f"CASE-{number}",
        "community_id_trading_grid": "COM-1",
        "case_id_trading_grid": f"CASE-{number}",
        "publication_id_trading_grid": None,
        "asset_id_cloudinary": "0" * 32,
        "public_id": "banners/spring",
        "expected_version_number": 1767600000,
        "expected_etag": "old",
        "desired_version_number": 1769900000,
        "desired_etag": "new",
        "desired_format_code": "jpg",
        "resource_type": "image",
        "reason": "the case was never answered",
        "is_in_effect": False,
    } | changes


def republish_row(number: int, **changes: Any) -> dict[str, Any]:
    """A row that asks for the newest approved version in place of publication `PUB-<number>`."""
    return (
        link_row(number)
        | {
            "correction_key": f"{number:02d}" + "b" * 62,
            "kind": "republish_approved_version",
            "subject_id": f"PUB-{number}",
            "case_id_trading_grid": None,
            "publication_id_trading_grid": f"PUB-{number}",
            "reason": "the community shows a superseded version",
        }
        | changes
    )


def write_snapshot(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    """Write a snapshot's DuckDB file with these proposals, in place of one that is there."""
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema marts")
        columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        connection.execute(f"create table marts.fct_proposed_corrections ({columns})")
        for row in rows:
            marks = ", ".join("?" for _ in COLUMNS)
            values = [row.get(name) for name in COLUMNS]
            connection.execute(f"insert into marts.fct_proposed_corrections values ({marks})", values)
    return path


def settings_for(home: Path, policy: str = "four_eyes", **sections: Any) -> Settings:
    """Settings under `home`, with one policy for both kinds and further sections as given."""
    corrections = {
        "policies": {"replacement_link": policy, "republish_approved_version": policy},
        **({"database_url": DATABASE_URL} if DATABASE_URL else {}),
        **sections.pop("corrections", {}),
    }
    values: dict[str, Any] = {
        "home": home,
        "keys": {"folder": home.parent / "keys"},
        "corrections": corrections,
        "cloudinary": {"cloud_name": "demo", "api_key": "k", "api_secret": "s"},
        **sections,
    }
    settings = Settings(**values)
    if not (home.parent / "keys").exists():
        create_keys(settings.keys.folder, settings.evidence.log_origin)
    return settings


def approver(name: str = "ana") -> Person:
    """A person who may decide."""
    return Person(name, frozenset({"approver"}))
