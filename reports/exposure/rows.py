"""What is told of live links after composition: the verdict over the exposure of each, and what each served.

Here belong the shapes, and what follows from one of them alone. The questions are `questions`, the sentences `words`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from reports.words import VerdictWords, verdict_words


@dataclass(frozen=True)
class LiveVersion:
    """One row per live link and version that it served from composition on. Instants are UTC.

    Of a snapshot with exposures it has the worst verdict of these bytes, since when, and whether only an edge of the
    CDN may have served them; `possibly_served_to` is up to when an edge may have. `approval_key` is the approval that
    speaks for that verdict, `evidence_grade` the grade of its evidence; None where the snapshot does not tell them.
    """

    asset_use_key: str
    version_number: int | None
    etag: str | None
    served_from: datetime
    served_to: datetime | None
    possibly_served_to: datetime | None = None
    is_by_edge_only: bool = False
    verdict: str | None = None
    verdict_reason: str | None = None
    verdict_at: datetime | None = None
    approval_key: str | None = None
    evidence_grade: str | None = None


@dataclass(frozen=True)
class Served:
    """One version that a live link served after composition; `served_to` None: it still does, as far as is known.

    `is_other`: not the bytes of composition, None where these are not known. `is_approved`: by recorded approvals, all
    of that time as far as the data reaches; None: for a part of it. `approval_text` says by whom and when. `verdict`
    is the worst of these bytes during the exposure; None where the snapshot gives none. `approval_key` is the approval
    that speaks for it, `evidence_grade` the grade of its evidence.
    """

    version_number: int | None
    etag: str | None
    served_from: datetime
    served_to: datetime | None
    is_other: bool | None
    is_approved: bool | None
    approval_text: str
    possibly_served_to: datetime | None = None
    is_by_edge_only: bool = False
    verdict: str | None = None
    verdict_reason: str | None = None
    verdict_at: datetime | None = None
    approval_key: str | None = None
    evidence_grade: str | None = None

    @property
    def words(self) -> VerdictWords:
        """The words of the verdict of these bytes."""
        return verdict_words(self.verdict)


@dataclass(frozen=True)
class LinkVerdict:
    """One row per live link: the worst verdict over its exposure, and how far that is known. Instants are UTC.

    `evaluated_to` is where the judging ends: the end of the exposure, or of what is claimed. `worst_at` is the first
    judged instant at which it was as bad as `verdict_so_far`.
    """

    asset_use_key: str
    exposure_days: int
    cdn_uncertainty_seconds: int
    generated_at: datetime | None
    exposure_ends_at: datetime | None
    evaluated_to: datetime | None
    is_open: bool
    verdict: str
    verdict_reason: str
    verdict_so_far: str
    verdict_reason_so_far: str
    worst_at: datetime | None
    worst_version_number: int | None
    is_worse_after_composition: bool

    @property
    def words(self) -> VerdictWords:
        """The words of the verdict over all of the exposure."""
        return verdict_words(self.verdict)

    @property
    def words_so_far(self) -> VerdictWords:
        """The words of the verdict as far as the exposure is judged."""
        return verdict_words(self.verdict_so_far)


@dataclass(frozen=True)
class Exposure:
    """What each live link served, and the verdict over its exposure, by the key of its use.

    `link_count`: how many live links there are. `verdicts` is empty where the snapshot is older than verdicts over
    exposure; then what was served is told up to where the data ends, as records.
    """

    link_count: int
    served: Mapping[str, tuple[Served, ...]]
    verdicts: Mapping[str, LinkVerdict]

    @property
    def is_judged(self) -> bool:
        """Whether the snapshot has verdicts over exposure."""
        return bool(self.verdicts)

    @property
    def changed_count(self) -> int:
        """How many live links have served other bytes than those of composition, by their address."""
        return sum(
            any(each.is_other is True and not each.is_by_edge_only for each in served)
            for served in self.served.values()
        )

    @property
    def unknown_count(self) -> int:
        """How many live links cannot be told of: no version of their asset is recorded for the time since."""
        return self.link_count - len(self.served)

    @property
    def worse_count(self) -> int:
        """How many live links served something worse than at composition."""
        return sum(link.is_worse_after_composition for link in self.verdicts.values())

    @property
    def worst(self) -> LinkVerdict:
        """The link with the worst verdict over its exposure. Raises ValueError where there is none."""
        return min(self.verdicts.values(), key=lambda link: link.words.rank)

    @property
    def open_count(self) -> int:
        """How many live links may still be opened, as far as the rules say."""
        return sum(link.is_open for link in self.verdicts.values())

    @property
    def ends_at(self) -> datetime | None:
        """When the last exposure ends."""
        return max((link.exposure_ends_at for link in self.verdicts.values() if link.exposure_ends_at), default=None)

    @property
    def evaluated_to(self) -> datetime | None:
        """Up to where the exposure that is judged furthest is judged."""
        return max((link.evaluated_to for link in self.verdicts.values() if link.evaluated_to), default=None)
