"""What the page of an asset is made of: its versions, approvals, uses, publications and cases.

Here belong the shapes, and what follows from one of them alone. The questions are `questions`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from reports.exception_list import EPOCH, Place
from reports.verdict_counts import VerdictCount
from reports.words import VerdictWords, verdict_words


@dataclass(frozen=True)
class Asset:
    """One row per asset, as the newest records describe it. Instants are UTC."""

    asset_key: str
    asset_id: str
    source_system: str
    public_id: str | None
    resource_type: str | None
    delivery_type: str | None
    format_code: str | None
    asset_folder: str | None
    display_name: str | None
    campaign_code: str | None
    product_line_code: str | None
    gtin: str | None
    current_version_number: int | None
    current_etag: str | None
    is_deleted: bool
    first_uploaded_at: datetime | None
    last_uploaded_at: datetime | None
    version_count: int
    log_index: int | None


@dataclass(frozen=True)
class Version:
    """One row per version (bytes), with how many asset uses and live publications hold it. Newest first."""

    asset_version_key: str
    version_number: int | None
    etag: str
    format_code: str | None
    size_bytes: int | None
    width_px: int | None
    height_px: int | None
    uploaded_by_id: str | None
    live_from: datetime
    live_to: datetime | None
    is_current: bool
    evidence_grade: str | None
    log_index: int | None
    asset_use_count: int
    publication_count: int
    live_publication_count: int


@dataclass(frozen=True)
class Approval:
    """One row per approval of bytes of the asset. Newest first."""

    approval_key: str
    asset_version_key: str | None
    version_number: int | None
    etag: str
    approver_id: str | None
    granted_at: datetime
    ended_at: datetime | None
    ended_by: str | None
    valid_from: datetime | None
    valid_to: datetime | None
    segments: tuple[str, ...] | None
    jurisdictions: tuple[str, ...] | None
    offers: tuple[str, ...] | None
    evidence_grade: str | None
    log_index: int | None


@dataclass(frozen=True)
class UseGroup:
    """One row per channel and jurisdiction: asset uses, communications, and uses that are in order."""

    channel_code: str | None
    jurisdiction_code: str | None
    asset_use_count: int
    communication_count: int
    in_order_count: int
    first_generated_at: datetime | None
    last_generated_at: datetime | None


@dataclass(frozen=True)
class Week:
    """One row per week (its Monday, UTC): asset uses, and those that are in order."""

    week_from: datetime
    asset_use_count: int
    in_order_count: int


@dataclass(frozen=True)
class UseLine:
    """One row per asset use, newest first."""

    asset_use_key: str
    asset_use_id: str
    communication_id: str
    placeholder_name: str | None
    channel_code: str | None
    jurisdiction_code: str | None
    version_number: int | None
    generated_at: datetime | None
    verdict: str

    @property
    def words(self) -> VerdictWords:
        """The words of the verdict."""
        return verdict_words(self.verdict)

    @property
    def place(self) -> Place:
        """The place of this row in the list."""
        return Place(self.generated_at or EPOCH, self.asset_use_key)


@dataclass(frozen=True)
class OutputImage:
    """One row per image in an output of a communication that its report does not name, newest first. In UTC."""

    output_link_key: str
    communication_id: str
    channel_code: str | None
    jurisdiction_code: str | None
    version_number: int | None
    composed_at: datetime | None
    verdict: str

    @property
    def words(self) -> VerdictWords:
        """The words of the verdict."""
        return verdict_words(self.verdict)


@dataclass(frozen=True)
class Publication:
    """One row per publication of the asset in a community, with the three facts about partners counted apart."""

    publication_id: str
    community_id: str
    community_name: str | None
    region_code: str | None
    language_code: str | None
    version_number: int | None
    published_at: datetime | None
    published_by_id: str | None
    withdrawn_at: datetime | None
    is_live: bool
    replaces_publication_id: str | None
    verdict_at_publication: str | None
    verdict_now: str | None
    verdict_reason: str | None
    newest_approved_version_number: int | None
    delivered_count: int
    opened_count: int
    acknowledged_count: int

    @property
    def words_then(self) -> VerdictWords:
        """The words of the verdict at publication."""
        return verdict_words(self.verdict_at_publication)

    @property
    def words_now(self) -> VerdictWords | None:
        """The words of the verdict now; None where the publication is withdrawn."""
        return verdict_words(self.verdict_now) if self.is_live else None


@dataclass(frozen=True)
class CaseLine:
    """One row per partner case about the asset."""

    case_id: str
    subject: str | None
    status: str
    opened_at: datetime
    reported_version_number: int | None
    answered_at: datetime | None


@dataclass(frozen=True)
class WhereUsed:
    """The page."""

    asset: Asset
    versions: tuple[Version, ...]
    approvals: tuple[Approval, ...]
    approval_count: int
    groups: tuple[UseGroup, ...]
    weeks: tuple[Week, ...]
    verdicts: tuple[VerdictCount, ...]
    uses: tuple[UseLine, ...]
    uses_after: str | None
    is_first_page: bool
    output_images: tuple[OutputImage, ...]
    output_image_count: int
    output_letter_count: int
    publications: tuple[Publication, ...]
    publication_count: int
    live_publication_count: int
    holding_community_count: int
    cases: tuple[CaseLine, ...]
    case_count: int
    exception_count: int
    standing_count: int
    communication_count: int
    unresolved_use_count: int

    @property
    def asset_use_count(self) -> int:
        """How many asset uses there are, all channels and weeks."""
        return sum(group.asset_use_count for group in self.groups)

    @property
    def in_order_count(self) -> int:
        """How many of them are proven (late or not)."""
        return sum(group.in_order_count for group in self.groups)
