"""What the notifications tell of assets, as the naive oracle remembers it, and what follows from it alone.

Here belong uploads, names and approvals of one asset. What they mean for a use is `verdicts`.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Record = dict[str, Any]
FOR_EVER = 10**12
DAY = 86_400


@dataclass(frozen=True)
class Parameters:
    """The rules' settings: clocks, lateness, and grace days as (from this instant, days).

    Sound clocks are `uncertainty_seconds` apart; `deviations` names periods in which a vendor's may be off by more:
    (vendor, from, to, seconds).
    """

    uncertainty_seconds: int = 2
    deviations: tuple[tuple[str, str, str, int], ...] = (
        ("exstream", "2026-03-12T00:00:00+00:00", "2026-03-13T00:00:00+00:00", 600),
    )
    late_after_seconds: int = DAY
    grace_days: tuple[tuple[str, int], ...] = (
        ("0001-01-01T00:00:00+00:00", 14),
        ("2026-03-01T00:00:00+00:00", 7),
    )

    def off(self, vendor: str, at: int) -> int:
        """How many seconds a vendor's clock may be off when it shows an instant."""
        for named, since, until, found in self.deviations:
            if named == vendor and seconds(since) <= at < seconds(until):
                return found
        return 0


@dataclass
class Approval:
    """One grant for the bytes of an asset; not certain where it may have spoken of other bytes."""

    etag: str
    approver: str
    granted_at: int
    told_at: int
    valid_from: int
    valid_to: int
    segments: list[str]
    jurisdictions: list[str]
    offers: list[str]
    is_certain: bool = True
    ended_at: int = FOR_EVER

    def says(self) -> tuple[Any, ...]:
        """What a later grant would have to repeat to be no news."""
        declared = (self.valid_from, self.valid_to)
        return (self.approver, *declared, self.segments, self.jurisdictions, self.offers, self.is_certain)


@dataclass
class Asset:
    """What the notifications tell of one asset; `uploads` are versions, be it of new bytes or of restored ones."""

    uploads: list[tuple[int, int, str]] = field(default_factory=list)
    deletions: list[int] = field(default_factory=list)
    approvals: list[Approval] = field(default_factory=list)
    names: list[tuple[int, int, str]] = field(default_factory=list)

    def live_from_to(self) -> list[tuple[int, int, str]]:
        """Live intervals of bytes: from, to, etag."""
        intervals = []
        for number, (at, _, etag) in enumerate(self.uploads):
            following = self.uploads[number + 1][0] if number + 1 < len(self.uploads) else FOR_EVER
            gone = min((deleted for deleted in self.deletions if deleted >= at), default=FOR_EVER)
            intervals.append((at, min(following, gone), etag))
        return intervals

    def delivers(self, etag: str) -> bool:
        """Whether a delivery URL serves these bytes at last: those of the newest upload, and nothing else."""
        newest = max((at for at, _, _ in self.uploads), default=0)
        return not self.is_deleted() and {other for at, _, other in self.uploads if at == newest} == {etag}

    def is_deleted(self) -> bool:
        """Whether it was deleted at last, and not restored since."""
        return max(self.deletions, default=-1) >= max((at for at, _, _ in self.uploads), default=0)


def seconds(text: str | None, otherwise: int = 0) -> int:
    """Epoch seconds of an ISO text."""
    return otherwise if text is None else int(datetime.fromisoformat(text).timestamp())


def text_of(at: int) -> str:
    """The ISO text of epoch seconds, as the records write it."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def is_approved(asset: Asset, version: int, at: int) -> bool:
    """Whether some bytes of that version were approved and in force at an instant."""
    etags = {etag for uploaded, number, etag in asset.uploads if number == version and uploaded <= at}
    return any(
        approval.etag in etags
        and approval.is_certain
        and approval.granted_at <= at < approval.ended_at
        and approval.valid_from <= at < approval.valid_to
        for approval in asset.approvals
    )


def stretches(asset: Asset, etag: str, reader: tuple[Any, ...], until: int) -> list[tuple[int, int, int]]:
    """Unbroken stretches in force for the reader: since, end by an event, declared end (both of the last approval).

    Bytes that are approved anew without a break stay in force, so their grace does not begin again.
    """
    stretches: list[tuple[int, int, int]] = []
    for approval in asset.approvals:
        since = max(approval.granted_at, approval.valid_from)
        is_in_force = approval.is_certain and since < min(approval.ended_at, approval.valid_to)
        if approval.etag != etag or approval.granted_at > until or not is_in_force or not eligible(approval, reader):
            continue
        if stretches and since <= min(stretches[-1][1:]):
            since = stretches.pop()[0]
        stretches.append((since, approval.ended_at, approval.valid_to))
    return stretches


def eligible(approval: Approval, reader: tuple[Any, ...]) -> bool:
    """Whether the reader (segment, jurisdiction, offers; None: does not matter) is among the approved."""
    segment, jurisdiction, offers = reader
    if segment is not None and approval.segments and segment not in approval.segments:
        return False
    if jurisdiction is not None and approval.jurisdictions and jurisdiction not in approval.jurisdictions:
        return False
    return offers is None or not approval.offers or any(offer in approval.offers for offer in offers)
