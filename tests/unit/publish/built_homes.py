"""A real landing with a small build file of assets' uses, for tests of what snapshots say of earlier states.

Here belongs making them; dbt has no part in it: what it builds is written by hand, as the test wants it.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import duckdb

from publish.files import build_file
from publish.origin import MadeBy
from publish.snapshot import BuildOutcome

KEYS = {
    "marts.fct_exceptions": "exception_key",
    "marts.fct_publications": "publication_key",
    "marts.fct_approvals": "approval_key",
    "rules.evaluation_streams": "subject_type, system_code, stream_name",
}
VERSIONS = MadeBy("1.0", "1.11", "2.0", {"model.fct_publications": "aa"}, {"late_after_hours": 24})
Publications = Iterable[tuple[str, str | None, str, int]]


def outcome(read_entries: int, made_by: MadeBy = VERSIONS) -> BuildOutcome:
    """What a sound build that read so many entries tells of itself."""
    return BuildOutcome(2, 0, read_entries, made_by, KEYS)


def build(home: Path, publications: Publications, exceptions: Iterable[str] = (), approval_index: int = 0) -> None:
    """Write the build file anew: publications as (key and id, approval, verdict, log index), exceptions by subject."""
    path = build_file(home)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            """
            SET TimeZone = 'UTC';
            CREATE SCHEMA marts; CREATE SCHEMA controls; CREATE SCHEMA reports; CREATE SCHEMA rules;
            CREATE TABLE rules.evaluation_streams AS
                SELECT 'publication' AS subject_type, 'trading_grid' AS system_code, 'accesses' AS stream_name;
            CREATE TABLE marts.fct_claims AS SELECT 'c' AS claim_key, TIMESTAMPTZ '2026-02-01 12:00:00Z' AS window_to,
                true AS is_complete, 'accepted' AS outcome, 'trading_grid' AS system_code, 'accesses' AS stream_name;
            CREATE TABLE marts.fct_exceptions (
                exception_key VARCHAR, control_name VARCHAR, subject_key VARCHAR, subject_id VARCHAR);
            CREATE TABLE marts.fct_publications (publication_key VARCHAR, publication_id_trading_grid VARCHAR,
                community_id_trading_grid VARCHAR, approval_key VARCHAR, verdict VARCHAR, _log_index BIGINT);
            CREATE TABLE marts.fct_approvals (approval_key VARCHAR, asset_key VARCHAR, granted_at TIMESTAMPTZ,
                approver_id VARCHAR, _log_index BIGINT);
            """
        )
        connection.execute(
            "INSERT INTO marts.fct_approvals VALUES ('approval-1', 'asset-1', '2026-01-05 09:00:00Z', 'ada', ?)",
            [approval_index],
        )
        for key, approval, verdict, index in publications:
            connection.execute(
                "INSERT INTO marts.fct_publications VALUES (?, ?, 'C-1', ?, ?, ?)", [key, key, approval, verdict, index]
            )
        for subject in exceptions:
            connection.execute(
                "INSERT INTO marts.fct_exceptions VALUES (?, 'ctl_outdated', ?, ?)",
                [f"exception-{subject}", subject, subject],
            )
