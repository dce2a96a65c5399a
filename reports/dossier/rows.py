"""What a dossier is made of: the communication, its uses with their evidence, and what the page says of each.

Here belong the shapes, and what follows from one of them alone. The questions are `questions`, the sentences `words`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from reports.words import VerdictWords, verdict_words

NEED_AN_APPROVAL = frozenset({"PROVEN", "PROVEN_LATE", "SUPERSEDED", "NOT_ELIGIBLE", "EXPIRED"})


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
        """The words of the worst verdict of its uses, and of what its outputs show besides."""
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
class Stretch:
    """One row per stretch of notifications that complete claims cover without a gap, with both ends. Instants are UTC.

    `first_log_index` and `last_log_index` are the first and the last entry of the log whose claim speaks of it.
    `covered_from` None: from the first record on.
    """

    coverage_key: str
    covered_from: datetime | None
    covered_to: datetime
    first_log_index: int | None
    last_log_index: int | None


@dataclass(frozen=True)
class Claimed:
    """What the claims say of a use; `stretch` None: no complete claim covers the moment of composition.

    `is_since_upload`: the stretch reaches back to the upload of the version, less the uncertainty of the clocks, so
    that nothing of it can have been missed up to composition; None where no version is known.
    """

    stretch: Stretch | None
    is_since_upload: bool | None
    sentence: str


@dataclass(frozen=True)
class Finding:
    """A use with what the page says about it in words; `candidates` only where more than one version fits.

    `claimed` None: the snapshot is older than the stretches of claims.
    """

    use: Use
    is_current: bool | None
    current_text: str
    sentence: str
    known_approvals: tuple[KnownApproval, ...]
    candidates: tuple[Candidate, ...] = ()
    claimed: Claimed | None = None


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
    def worst(self) -> VerdictWords:
        """The worst verdict of its uses. The letter's own counts what its outputs show besides, and all its uses."""
        return self.communication.words if self.not_shown_count or not self.tally else self.tally[0][0]

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
