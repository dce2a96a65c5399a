"""A snapshot's DuckDB file with feedback of partners and the publications that it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

_TABLES = """
    create schema marts;
    create table marts.fct_feedback (
        feedback_key varchar, feedback_id_trading_grid varchar, category varchar, device_code varchar,
        status_code varchar, publication_key varchar, answer_publication_key varchar, is_open boolean,
        change_reason varchar
    );
    create table marts.fct_publications (
        publication_key varchar, publication_id_trading_grid varchar, community_id_trading_grid varchar,
        asset_id_cloudinary varchar, version_number bigint, etag varchar, url varchar, rendition_name varchar,
        region_code varchar, language_code varchar, device_code varchar, is_live boolean, verdict_now varchar
    );
    create table marts.fct_exceptions (exception_key varchar, subject_key varchar, control_name varchar);
"""


@dataclass(frozen=True)
class Reported:
    """One piece of feedback and its publication, as a snapshot has them."""

    feedback_id: str
    category: str
    publication_id: str
    community_id: str
    asset_id: str
    version: int
    etag: str
    url: str
    device: str = "phone"
    status: str = "open"
    answered_by: str | None = None
    is_live: bool = True
    verdict: str = "PROVEN"


def write_feedback_snapshot(path: Path, reported: Sequence[Reported]) -> Path:
    """Write the file in place of one that is there."""
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute(_TABLES)
        for one in reported:
            is_open = one.status in {"open", "reopened"}
            feedback = [one.feedback_id, one.feedback_id, one.category, one.device, one.status, one.publication_id]
            changed = None if is_open else "unchanged"
            connection.execute(
                "insert into marts.fct_feedback values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [*feedback, one.answered_by, is_open, changed],
            )
            shown = [one.publication_id, one.publication_id, one.community_id, one.asset_id, one.version, one.etag]
            place = [one.url, "web", "FR", "fr", "mobile", one.is_live, one.verdict]
            marks = ", ".join("?" for _ in [*shown, *place])
            connection.execute(f"insert into marts.fct_publications values ({marks})", [*shown, *place])
            connection.execute(
                "insert into marts.fct_exceptions values (?, ?, 'ctl_unanswered_feedback')",
                [f"exception of {one.feedback_id}", one.feedback_id],
            )
    return path
