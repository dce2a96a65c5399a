"""How the pipeline stood when a snapshot was published: its builds, its controls, what waits, what calls are left.

Here belongs what a snapshot's manifest tells of that, as typed values, both ways. Who gathers it is orchestration, who
shows it the trust page. It is no evidence: nothing of it is derived from records, and content hashes leave it out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self

from ingest.cloudinary.budget import CallBudget
from ingest.quarantine import QuarantinedRecord

TOLD_BUILDS = 12
TOLD_REASONS = 200


@dataclass(frozen=True)
class ControlHealth:
    """One control: whether it ran, what it found, and up to when (UTC) its inputs are completely known."""

    control: str
    ran: bool
    findings: int
    evaluated_until: datetime | None


@dataclass(frozen=True)
class QuarantineCount:
    """One row per stream, reason and state (`open`, or `replayed`): how many records were refused; instants in UTC."""

    system: str
    stream: str
    reason: str
    state: str
    record_count: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True)
class CallAllowance:
    """What was left of a vendor's allowance of calls; None where no answer had told it in that hour. Instants in UTC.

    `kept_back` calls are left to the account's other users, `waiting` says per stream how many things needed calls.
    """

    system: str
    allowed: int | None
    remaining: int | None
    kept_back: int | None
    used: int
    resets_at: datetime | None
    waiting: Mapping[str, int]


@dataclass(frozen=True)
class PublishedBuild:
    """One row per published snapshot: how much its build made and why, and how its checks ended. Instants in UTC.

    `is_increment` and `why` are None where the build did not tell.
    """

    snapshot: str
    created_at: datetime
    data_until: datetime | None
    log_size: int
    is_increment: bool | None
    why: str | None
    checks_passed: int
    checks_failed: int


@dataclass(frozen=True)
class PipelineState:
    """The pipeline at a publish. `quarantine_trouble` says why what is in quarantine could not be told, if so."""

    is_increment: bool
    why: str
    controls: tuple[ControlHealth, ...] = ()
    quarantine: tuple[QuarantineCount, ...] = ()
    quarantine_trouble: str | None = None
    allowances: tuple[CallAllowance, ...] = ()

    def to_manifest(self) -> dict[str, Any]:
        """Return it as plain values, instants as ISO 8601."""
        plain: dict[str, Any] = _plain(asdict(self))
        return plain

    @classmethod
    def from_manifest(cls, stated: object) -> Self | None:
        """Read what `to_manifest` wrote; None where a snapshot of an older release tells nothing."""
        try:
            if not isinstance(stated, Mapping):
                return None
            return cls(
                is_increment=bool(stated["is_increment"]),
                why=str(stated["why"]),
                controls=tuple(ControlHealth(**_instants(each, "evaluated_until")) for each in stated["controls"]),
                quarantine=tuple(
                    QuarantineCount(**_instants(each, "first_at", "last_at")) for each in stated["quarantine"]
                ),
                quarantine_trouble=stated["quarantine_trouble"],
                allowances=tuple(CallAllowance(**_instants(each, "resets_at")) for each in stated["allowances"]),
            )
        except (KeyError, TypeError, ValueError):
            return None


def counted_quarantine(records: Iterable[QuarantinedRecord]) -> tuple[QuarantineCount, ...]:
    """Return the refused records by stream, reason and state, the most first, at most `TOLD_REASONS` of them."""
    grouped: dict[tuple[str, str, str, str], list[datetime]] = {}
    for record in records:
        key = (record.system, record.stream, record.reason, record.state)
        grouped.setdefault(key, []).append(record.quarantined_at)
    sizes = Counter({key: len(instants) for key, instants in grouped.items()})
    told = sorted(sizes, key=lambda key: (-sizes[key], key))[:TOLD_REASONS]
    return tuple(QuarantineCount(*key, sizes[key], min(grouped[key]), max(grouped[key])) for key in told)


def allowance_of(system: str, budget: CallBudget) -> CallAllowance:
    """Return what is left of a vendor's allowance by its own last word. Raises what reading the budget raises."""
    state = budget.state()
    rate = state.rate
    return CallAllowance(
        system=system,
        allowed=rate.allowed if rate else None,
        remaining=rate.remaining if rate else None,
        kept_back=round(budget.kept_back(rate.allowed)) if rate else None,
        used=state.used,
        resets_at=rate.resets_at if rate else None,
        waiting=dict(state.waiting),
    )


def builds_told(mine: PublishedBuild, previous: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the builds that a manifest tells, newest first: its own, then those of the snapshot before it."""
    earlier = previous.get("builds")
    kept = list(earlier) if isinstance(earlier, Sequence) and not isinstance(earlier, str) else []
    return [_plain(asdict(mine)), *kept][:TOLD_BUILDS]


def builds_in(manifest: Mapping[str, Any]) -> tuple[PublishedBuild, ...]:
    """Return the builds that a manifest tells, newest first; none where an older release wrote it."""
    try:
        return tuple(
            PublishedBuild(**_instants(each, "created_at", "data_until")) for each in manifest.get("builds") or ()
        )
    except (TypeError, ValueError):
        return ()


def _instants(stated: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return the values with the named ones read as instants."""
    read = {name: datetime.fromisoformat(stated[name]) if stated.get(name) else None for name in names}
    return {**stated, **read}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
