"""The questions of a dossier: the communication, its uses, the approvals of their assets, the versions that fit.

Here belong the queries, and putting their rows together. The rows are `rows`, the sentences `words`.
"""

from __future__ import annotations

import duckdb

from reports.communication_names import keys_of
from reports.dossier.rows import Candidate, Communication, Dossier, Finding, KnownApproval, Use
from reports.dossier.words import current_text, was_current, why
from reports.rows import read, read_one

NEEDED = (
    ("exstream", "communications"),
    ("exstream", "renderings"),
    ("exstream", "asset_uses"),
    ("cloudinary", "notifications"),
)
USES_AT_MOST = 400


def read_communications(cursor: duckdb.DuckDBPyConnection, communication_id: str) -> list[Communication]:
    """Return the communications of that id, one per Exstream domain, in the order of the domains."""
    found = [_read_communication(cursor, key) for key in keys_of(cursor, communication_id)]
    return sorted((one for one in found if one is not None), key=lambda one: one.domain_code)


def _read_communication(cursor: duckdb.DuckDBPyConnection, key: str) -> Communication | None:
    return read_one(
        cursor,
        Communication,
        """
        select
            communication_key,
            communication_id_exstream as communication_id,
            domain_code,
            flow_instance_id_exstream as flow_instance_id,
            job_id_exstream as job_id,
            recipient_pseudonym,
            document_type,
            template_id_exstream as template_id,
            template_version,
            segment_code,
            jurisdiction_code,
            language_code,
            offers_list as offers,
            generated_at,
            use_count,
            worst_verdict,
            _log_index as log_index
        from marts.fct_communications
        where communication_key = ?
        """,
        [key],
    )


def read_dossier(cursor: duckdb.DuckDBPyConnection, communication: Communication, uncertainty_seconds: int) -> Dossier:
    """Return the dossier of a communication, its uses by rendering and ordinal."""
    uses = _read_uses(cursor, communication)
    approvals = _read_known_approvals(cursor, uses)
    candidates = _read_candidates(cursor, uses)
    findings = tuple(
        finding(
            communication,
            use,
            tuple(approval for approval in approvals if approval.asset_key == use.asset_key),
            tuple(candidate for candidate in candidates if candidate.asset_use_key == use.asset_use_key),
            uncertainty_seconds,
        )
        for use in uses
    )
    return Dossier(communication, findings)


def finding(
    communication: Communication,
    use: Use,
    known: tuple[KnownApproval, ...],
    candidates: tuple[Candidate, ...],
    uncertainty_seconds: int,
) -> Finding:
    """Return what the page says about one use."""
    is_current = was_current(use, uncertainty_seconds)
    return Finding(use, is_current, current_text(use, is_current), why(communication, use), known, candidates)


def _read_uses(cursor: duckdb.DuckDBPyConnection, communication: Communication) -> list[Use]:
    """Return the uses of a communication."""
    return read(
        cursor,
        Use,
        """
        with uses as (
            select *
            from marts.fct_asset_uses
            where communication_key = ?
            order by rendering_id_exstream, ordinal
            limit ?
        )
        select
            uses.asset_use_key,
            uses.asset_use_id,
            uses.rendering_key,
            uses.rendering_id_exstream as rendering_id,
            uses.ordinal,
            uses.placeholder_name,
            uses.binding,
            uses.channel_code,
            uses.asset_key,
            uses.asset_version_key,
            uses.approval_key,
            uses.asset_id_cloudinary as asset_id,
            coalesce(uses.public_id, versions.public_id_at_upload, assets.public_id) as public_id,
            uses.version_number,
            uses.etag,
            uses.delivery_url,
            uses.transformation,
            coalesce(uses.format_code, versions.format_code) as format_code,
            uses.generated_at,
            uses.verdict,
            uses.verdict_reason,
            uses.evidence_strength,
            uses.evidence_grade,
            uses.recorded_at,
            uses._log_index as use_log_index,
            versions.live_from as version_live_from,
            versions.live_to as version_live_to,
            versions.uploaded_by_id as version_uploaded_by,
            versions.evidence_grade as version_evidence_grade,
            versions._log_index as version_log_index,
            versions.asset_version_key is not null as is_version_known,
            exists (
                select 1
                from marts.dim_asset_versions as next_versions
                where next_versions.asset_key = versions.asset_key and next_versions.live_from = versions.live_to
            ) as is_version_replaced,
            coalesce(approvals.approver_id, uses.approver_id) as approver_id,
            coalesce(approvals.granted_at, uses.approved_at) as granted_at,
            approvals.ended_at,
            approvals.ended_by,
            approvals.valid_from,
            approvals.valid_to,
            approvals.segments_list as segments,
            approvals.jurisdictions_list as jurisdictions,
            approvals.offers_list as approval_offers,
            approvals._log_index as approval_log_index,
            newer.version_number as superseding_version_number,
            newer.etag as superseding_etag
        from uses
        left join marts.dim_asset_versions as versions on versions.asset_version_key = uses.asset_version_key
        left join marts.dim_assets as assets on assets.asset_key = uses.asset_key
        left join marts.fct_approvals as approvals on approvals.approval_key = uses.approval_key
        left join marts.dim_asset_versions as newer on newer.asset_version_key = uses.superseding_asset_version_key
        order by uses.rendering_id_exstream, uses.ordinal
        """,
        [communication.communication_key, USES_AT_MOST],
    )


def _read_known_approvals(cursor: duckdb.DuckDBPyConnection, uses: list[Use]) -> list[KnownApproval]:
    """Return every approval of the assets in these uses, oldest first."""
    keys = sorted({use.asset_key for use in uses if use.asset_key})
    return read(
        cursor,
        KnownApproval,
        """
        select
            approval_key,
            asset_key,
            version_number,
            etag,
            approver_id,
            granted_at,
            ended_at,
            ended_by,
            valid_from,
            valid_to,
            evidence_grade,
            _log_index as log_index
        from marts.fct_approvals
        where asset_key in (select unnest(?::varchar[]))
        order by asset_key, granted_at, approval_key
        """,
        [keys],
    )


def _read_candidates(cursor: duckdb.DuckDBPyConnection, uses: list[Use]) -> list[Candidate]:
    """Return the versions that each use may have shown, where there is more than one; older snapshots tell none."""
    try:
        cursor.execute("select 1 from marts.bridge_asset_uses_candidates limit 0")
    except duckdb.CatalogException:
        return []
    return read(
        cursor,
        Candidate,
        """
        select
            candidates.candidate_key,
            candidates.asset_use_key,
            candidates.version_number,
            candidates.etag,
            candidates.verdict,
            candidates.verdict_reason,
            approvals.approver_id,
            approvals.granted_at,
            approvals.ended_at
        from marts.bridge_asset_uses_candidates as candidates
        left join marts.fct_approvals as approvals on approvals.approval_key = candidates.approval_key
        where candidates.asset_use_key in (select unnest(?::varchar[]))
        qualify count(*) over (partition by candidates.asset_use_key) > 1
        order by candidates.asset_use_key, candidates.version_number, candidates.etag, candidates.candidate_key
        """,
        [[use.asset_use_key for use in uses]],
    )
