"""The communication dossier: what one letter carried, and how it stood with each asset at that moment.

Here belong the questions of that page and its plain sentences. The verdict is the warehouse's; this page only says
in words, from the same evidence rows, why it is so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import duckdb

from reports.communication_names import keys_of
from reports.rows import read, read_one
from reports.text import instant, span
from reports.words import VerdictWords, sentence, verdict_words

NEEDED = (
    ("exstream", "communications"),
    ("exstream", "renderings"),
    ("exstream", "asset_uses"),
    ("cloudinary", "notifications"),
)
NEED_AN_APPROVAL = frozenset({"PROVEN", "PROVEN_LATE", "SUPERSEDED", "NOT_ELIGIBLE", "EXPIRED"})
NOT_WATCHED = frozenset(
    {"window_not_covered", "history_not_covered", "not_yet_evaluated", "version_in_doubt", "version_not_notified"}
)
USES_AT_MOST = 400


@dataclass(frozen=True)
class Communication:
    """One row per communication: one intent to one recipient. Instants are UTC."""

    communication_key: str
    communication_id: str
    domain_code: str
    flow_instance_id: str | None
    job_id: str | None
    recipient_pseudonym: str | None
    document_type: str | None
    template_id: str | None
    template_version: str | None
    segment_code: str | None
    jurisdiction_code: str | None
    language_code: str | None
    offers: tuple[str, ...] | None
    generated_at: datetime | None
    use_count: int
    worst_verdict: str | None
    log_index: int | None

    @property
    def words(self) -> VerdictWords:
        """The words of the worst verdict among its uses."""
        return verdict_words(self.worst_verdict)


@dataclass(frozen=True)
class Use:
    """One row per asset use: one asset version in one rendering of the communication, with its evidence."""

    asset_use_key: str
    asset_use_id: str
    rendering_key: str | None
    rendering_id: str
    ordinal: int
    placeholder_name: str | None
    binding: str
    channel_code: str | None
    asset_key: str | None
    asset_version_key: str | None
    approval_key: str | None
    asset_id: str | None
    public_id: str | None
    version_number: int | None
    etag: str | None
    delivery_url: str | None
    transformation: str | None
    format_code: str | None
    generated_at: datetime | None
    verdict: str
    verdict_reason: str | None
    evidence_strength: str | None
    evidence_grade: str | None
    recorded_at: datetime | None
    use_log_index: int | None
    version_live_from: datetime | None
    version_live_to: datetime | None
    version_uploaded_by: str | None
    version_evidence_grade: str | None
    version_log_index: int | None
    is_version_known: bool
    is_version_replaced: bool
    approver_id: str | None
    granted_at: datetime | None
    ended_at: datetime | None
    ended_by: str | None
    valid_from: datetime | None
    valid_to: datetime | None
    segments: tuple[str, ...] | None
    jurisdictions: tuple[str, ...] | None
    approval_offers: tuple[str, ...] | None
    approval_log_index: int | None
    superseding_version_number: int | None
    superseding_etag: str | None

    @property
    def words(self) -> VerdictWords:
        """The words of the verdict."""
        return verdict_words(self.verdict)

    @property
    def rests_on_several(self) -> bool:
        """Tell whether the verdict is that of several versions that fit the reference, and names no approval."""
        has_neither = self.granted_at is None and self.asset_version_key is None
        return self.verdict in NEED_AN_APPROVAL and has_neither

    @property
    def is_only_possible(self) -> bool:
        """Tell whether the evidence is weaker than exact, so that the finding is shown as possible."""
        return self.evidence_strength != "exact"

    @property
    def anchor(self) -> str:
        """The place of the use on its page, as other pages link to it."""
        return f"use-{self.asset_use_key[:12]}"

    @property
    def name(self) -> str:
        """What the asset is called, as well as it is known."""
        return self.public_id or self.asset_id or self.delivery_url or "unresolved reference"


@dataclass(frozen=True)
class KnownApproval:
    """One row per approval of an asset that the communication carried, whatever version it was given to."""

    approval_key: str
    asset_key: str
    version_number: int | None
    etag: str
    approver_id: str | None
    granted_at: datetime
    ended_at: datetime | None
    ended_by: str | None
    valid_from: datetime | None
    valid_to: datetime | None
    evidence_grade: str | None
    log_index: int | None

    def in_force_at(self, moment: datetime | None) -> bool | None:
        """Tell whether it was in force at the moment, by its recorded instants without their uncertainty."""
        if moment is None:
            return None
        measured = self.granted_at <= moment and (self.ended_at is None or moment < self.ended_at)
        begun = self.valid_from is None or self.valid_from <= moment
        return measured and begun and (self.valid_to is None or moment < self.valid_to)


@dataclass(frozen=True)
class Candidate:
    """One row per version that a use may have shown, where several fit, with the verdict and approval of each."""

    candidate_key: str
    asset_use_key: str
    version_number: int | None
    etag: str | None
    verdict: str
    verdict_reason: str | None
    approver_id: str | None
    granted_at: datetime | None
    ended_at: datetime | None

    @property
    def words(self) -> VerdictWords:
        """The words of the verdict of this version alone."""
        return verdict_words(self.verdict)


@dataclass(frozen=True)
class Finding:
    """A use with what the page says about it in words; `candidates` only where more than one version fits."""

    use: Use
    is_current: bool | None
    current_text: str
    sentence: str
    known_approvals: tuple[KnownApproval, ...]
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True)
class Dossier:
    """The page: the communication, and a finding for each of its uses."""

    communication: Communication
    findings: tuple[Finding, ...]

    @property
    def not_shown_count(self) -> int:
        """How many uses the page leaves out because there are more than it shows."""
        return max(0, self.communication.use_count - len(self.findings))

    @property
    def tally(self) -> tuple[tuple[VerdictWords, int, str], ...]:
        """Each verdict of its uses, the worst first: its words, how many uses have it, the place of the first."""
        uses = [finding.use for finding in self.findings]
        codes = sorted({use.verdict for use in uses}, key=lambda code: (verdict_words(code).rank, code))
        return tuple(
            (verdict_words(code), len(mine), mine[0].anchor)
            for code in codes
            for mine in [[use for use in uses if use.verdict == code]]
        )


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


def was_current(use: Use, uncertainty_seconds: int) -> bool | None:
    """Tell whether the version was the live one at composition; None where the clocks or the records cannot say."""
    if use.version_live_from is None or use.generated_at is None or use.verdict_reason in NOT_WATCHED:
        return None
    after_start = (use.generated_at - use.version_live_from).total_seconds()
    before_end = (
        float("inf") if use.version_live_to is None else (use.version_live_to - use.generated_at).total_seconds()
    )
    nearest = min(after_start, before_end)
    if abs(nearest) <= uncertainty_seconds:
        return None
    return nearest > 0


def current_text(use: Use, is_current: bool | None) -> str:
    """Return a sentence about the version being the live one at composition or not."""
    if is_current is None:
        return _not_known(use)
    if is_current:
        return f"Yes, the live version since {instant(use.version_live_from)} UTC."
    if use.generated_at and use.version_live_from and use.generated_at < use.version_live_from:
        return f"No, it was uploaded only at {instant(use.version_live_from)} UTC."
    how = "it had been replaced" if use.is_version_replaced else "the asset had been deleted"
    return f"No, {how} at {instant(use.version_live_to)} UTC."


def _not_known(use: Use) -> str:
    if use.generated_at is None:
        return "Not known: the moment of composition is not known."
    if use.rests_on_several or use.verdict_reason == "several_candidates":
        return "Cannot be told: several versions fit the reference."
    if use.version_live_from is None:
        return "Not known: no record of when this version was live."
    if use.verdict_reason in NOT_WATCHED:
        return "Not known: the complete records do not cover it, so that an upload may have been missed."
    return f"Cannot be told: it changed within the uncertainty of the clocks, at {instant(_change(use))} UTC."


def _change(use: Use) -> datetime | None:
    """Return the end of the live interval that lies nearest to the composition."""
    ends = [end for end in (use.version_live_from, use.version_live_to) if end is not None]
    moment = use.generated_at
    return min(ends, key=lambda end: abs(end - moment), default=None) if moment is not None else None


def why(communication: Communication, use: Use) -> str:
    """Return one or two plain sentences that say why the use has its verdict."""
    sentences = {
        "PROVEN": _in_force(use),
        "PROVEN_LATE": _late(use),
        "SUPERSEDED": _superseded(use),
        "NOT_ELIGIBLE": not_eligible(communication, use),
        "EXPIRED": _expired(use),
    }
    if use.verdict in sentences:
        return f"{_approved(use)} {sentences[use.verdict]}"
    if use.verdict == "NOT_APPROVED":
        return _not_approved(use)
    if use.verdict_reason == "version_unknown" and _is_before_upload(use):
        return f"{sentence(use.verdict_reason)} They were uploaded only at {instant(use.version_live_from)} UTC."
    return sentence(use.verdict_reason) or use.words.meaning


def _is_before_upload(use: Use) -> bool:
    live_from, moment = use.version_live_from, use.generated_at
    return live_from is not None and moment is not None and moment < live_from


def _in_force(use: Use) -> str:
    it = "Each" if use.rests_on_several else "It"
    return f"{it} was in force, and no newer version had replaced it beyond the grace days."


def _approved(use: Use) -> str:
    if use.rests_on_several:
        return "The reference fits several versions, and each of them was approved."
    if use.granted_at is None:
        return "These bytes were approved."
    return f"Approved by {use.approver_id or 'someone not recorded'} on {instant(use.granted_at)} UTC."


def _late(use: Use) -> str:
    if use.recorded_at is None or use.generated_at is None:
        return "A record that proves it entered the log late."
    delay = span(use.recorded_at - use.generated_at)
    return f"The last record that proves it entered the log at {instant(use.recorded_at)} UTC, {delay} later."


def _superseded(use: Use) -> str:
    if use.superseding_version_number is None:
        return "A newer approved version had been in force for longer than the grace days allow."
    newer = f"Version {use.superseding_version_number}"
    return f"{newer} was newer, approved, and in force for longer than the grace days allow."


def not_eligible(communication: Communication, use: Use) -> str:
    """Return which of segment, jurisdiction and offer did not fit, with what the approval allows."""
    misfits = [
        f"{what} {given or 'not recorded'}, and the approval allows {', '.join(allowed)}"
        for what, given, allowed in (
            ("segment", communication.segment_code, use.segments),
            ("jurisdiction", communication.jurisdiction_code, use.jurisdictions),
        )
        if allowed and given not in allowed
    ]
    if use.approval_offers and not set(use.approval_offers) & set(communication.offers or ()):
        offers = ", ".join(communication.offers or ()) or "none"
        misfits.append(f"offers {offers}, and the approval allows {', '.join(use.approval_offers)}")
    if not misfits:
        return "The approval does not extend to this customer's segment, jurisdiction or offer."
    return f"This communication has {'; '.join(misfits)}."


def _expired(use: Use) -> str:
    if use.valid_to is None or use.generated_at is None:
        return "The approval had ended before this was composed."
    ago = span(use.generated_at - use.valid_to)
    return f"The approval ended by its own date on {instant(use.valid_to)} UTC, {ago} before this was composed."


def _not_approved(use: Use) -> str:
    moment = use.generated_at
    if moment is None or use.granted_at is None:
        return "No approval of exactly these bytes was in force when this was composed."
    if use.granted_at > moment:
        return f"{_approved(use)} That was {span(use.granted_at - moment)} after this was composed."
    if use.ended_at is not None and use.ended_at <= moment:
        how = "It was revoked" if use.ended_by == "revoked" else "It had ended"
        ago = span(moment - use.ended_at)
        return f"{_approved(use)} {how} on {instant(use.ended_at)} UTC, {ago} before this was composed."
    if use.valid_from is not None and use.valid_from > moment:
        return f"{_approved(use)} It begins to be valid only on {instant(use.valid_from)} UTC."
    return "No approval of exactly these bytes was in force when this was composed."


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
