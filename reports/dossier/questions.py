"""The questions of a dossier: the communication, and its uses with what is said of each.

Here belong putting the page together, and the versions that fit where several do. What a use rests on is `evidence`,
the rows are `rows`, the sentences `words`.
"""

from __future__ import annotations

import duckdb

from assettrail.verdict_settings import VerdictSettings
from reports.communication_names import Rows, found_by
from reports.dossier.claims import claimed_of, read_stretches
from reports.dossier.evidence import read_evidence, read_recorded_uses
from reports.dossier.rows import Candidate, Claimed, Communication, Dossier, Finding, KnownApproval, Use
from reports.dossier.words import SEVERAL_MEANT, current_text, was_current, why
from reports.remembered import read_once
from reports.rows import read, read_one

NEEDED = (
    ("exstream", "communications"),
    ("exstream", "renderings"),
    ("exstream", "asset_uses"),
    ("cloudinary", "notifications"),
)


def read_communications(cursor: duckdb.DuckDBPyConnection, communication_id: str) -> list[Communication]:
    """Return the communications of that id, one per Exstream domain, in the order of the domains."""
    return [communication for communication, _ in find_communications(cursor, communication_id)]


def find_communications(
    cursor: duckdb.DuckDBPyConnection, communication_id: str
) -> list[tuple[Communication, Rows | None]]:
    """Return the communications of that id as `read_communications` does, each with where its rows lie, if known."""
    found = [(_read_communication(cursor, key, rows), rows) for key, rows in found_by(cursor, communication_id).items()]
    present = [(communication, rows) for communication, rows in found if communication is not None]
    return sorted(present, key=lambda each: each[0].domain_code)


def _read_communication(cursor: duckdb.DuckDBPyConnection, key: str, rows: Rows | None) -> Communication | None:
    return read_one(
        cursor,
        Communication,
        f"""
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
        where communication_key = ?{" and rowid = ?" if rows else ""}
        """,  # noqa: S608 - only a condition of ours is written into the text
        [key, *([rows.communication_row] if rows else [])],
    )


def read_dossier(
    cursor: duckdb.DuckDBPyConnection,
    communication: Communication,
    verdicts: VerdictSettings,
    rows: Rows | None = None,
) -> Dossier:
    """Return the dossier of a communication, its uses by rendering and ordinal; `rows` is where they lie, if known."""
    recorded = read_recorded_uses(cursor, communication, rows)
    evidence = read_evidence(cursor, recorded)
    uses = [evidence.use(entry) for entry in recorded]
    candidates = _read_candidates(cursor, [use for use in uses if may_have_several(use)])
    stretches = read_stretches(cursor)
    uncertainty_seconds = verdicts.clock_uncertainty_at("exstream", communication.generated_at)
    sound_seconds = verdicts.clock_uncertainty_seconds
    findings = tuple(
        finding(
            communication,
            use,
            tuple(approval for approval in evidence.known_approvals if approval.asset_key == use.asset_key),
            tuple(candidate for candidate in candidates if candidate.asset_use_key == use.asset_use_key),
            uncertainty_seconds,
            None if stretches is None else claimed_of(stretches, use, uncertainty_seconds, sound_seconds),
        )
        for use in uses
    )
    return Dossier(communication, findings)


def may_have_several(use: Use) -> bool:
    """Tell whether more than one version may fit: where one alone does, the warehouse names it as that of the use."""
    return use.asset_version_key is None or use.verdict_reason in SEVERAL_MEANT


def finding(
    communication: Communication,
    use: Use,
    known: tuple[KnownApproval, ...],
    candidates: tuple[Candidate, ...],
    uncertainty_seconds: int,
    claimed: Claimed | None = None,
) -> Finding:
    """Return what the page says about one use."""
    is_current = was_current(use, uncertainty_seconds)
    return Finding(use, is_current, current_text(use, is_current), why(communication, use), known, candidates, claimed)


def _read_candidates(cursor: duckdb.DuckDBPyConnection, uses: list[Use]) -> list[Candidate]:
    """Return the versions that each use may have shown, where there is more than one; older snapshots tell none."""
    if not uses or not _has_candidates(cursor):
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


@read_once
def _has_candidates(cursor: duckdb.DuckDBPyConnection) -> bool:
    try:
        cursor.execute("select 1 from marts.bridge_asset_uses_candidates limit 0")
    except duckdb.CatalogException:
        return False
    return True
