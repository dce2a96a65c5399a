"""What a later snapshot states otherwise than the text that was signed.

Here belongs the comparison of two statements of one scope. A signature stays what it was: what is found here stands
beside it. Two things are told apart. *Restated*: the past is another than was signed (counts, verdicts, exceptions of
what was sent, what claims cover). *Moved on*: what was standing then has been cured, has come, or was decided since.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reports.attestation.statement import OpenException, Statement, StreamStatement, VerdictCount


@dataclass(frozen=True)
class CountChange:
    """A count that was signed, and what it is now. `of` is what is counted, in the plural."""

    of: str
    signed: int
    now: int


@dataclass(frozen=True)
class CoverageChange:
    """A stream of which the period was known otherwise; None where the stream is in one statement only."""

    system: str
    stream: str
    signed: StreamStatement | None
    now: StreamStatement | None


@dataclass(frozen=True)
class Restatement:
    """The differences: of the past, and of what was standing. Rows in the order of their keys."""

    counts: tuple[CountChange, ...]
    coverage: tuple[CoverageChange, ...]
    found_since: tuple[OpenException, ...]
    gone_since: tuple[OpenException, ...]
    opened_since: tuple[OpenException, ...]
    cured_since: tuple[OpenException, ...]
    decided_since: tuple[OpenException, ...]

    @property
    def is_restated(self) -> bool:
        """Whether the past is stated otherwise than it was signed."""
        return bool(self.counts or self.coverage or self.found_since or self.gone_since)

    @property
    def has_moved_on(self) -> bool:
        """Whether what was standing has changed since."""
        return bool(self.opened_since or self.cured_since or self.decided_since)


def restatement(signed: Statement, now: Statement) -> Restatement:
    """Return how a later statement of the same scope differs from the signed one."""
    before = {row.exception_key: row for row in signed.exceptions}
    after = {row.exception_key: row for row in now.exceptions}
    changed = {key for key in before.keys() & after.keys() if _fact(before[key]) != _fact(after[key])}
    came = [row for key, row in after.items() if key not in before or key in changed]
    went = [row for key, row in before.items() if key not in after or key in changed]
    return Restatement(
        counts=tuple(_count_changes(signed, now)),
        coverage=tuple(_coverage_changes(signed.streams, now.streams)),
        found_since=tuple(row for row in came if not row.is_standing),
        gone_since=tuple(row for row in went if not row.is_standing),
        opened_since=tuple(row for row in came if row.is_standing),
        cured_since=tuple(row for row in went if row.is_standing),
        decided_since=tuple(
            row for key, row in after.items() if key in before and row.disposition != before[key].disposition
        ),
    )


def _fact(row: OpenException) -> tuple[object, ...]:
    return row.control_name, row.subject_id, row.verdict, row.is_standing, row.occurred_at


def _count_changes(signed: Statement, now: Statement) -> Iterable[CountChange]:
    pairs = [("communications", signed.communication_count, now.communication_count)]
    for of, before, after in (
        ("asset uses", _by_verdict(signed.asset_uses), _by_verdict(now.asset_uses)),
        ("publications", _by_verdict(signed.publications), _by_verdict(now.publications)),
    ):
        verdicts = sorted(before.keys() | after.keys())
        pairs += [(f"{of} {verdict}", before.get(verdict, 0), after.get(verdict, 0)) for verdict in verdicts]
    return (CountChange(of, before, after) for of, before, after in pairs if before != after)


def _by_verdict(rows: Iterable[VerdictCount]) -> Mapping[str, int]:
    return {row.verdict: row.count for row in rows}


def _coverage_changes(signed: Iterable[StreamStatement], now: Iterable[StreamStatement]) -> Iterable[CoverageChange]:
    """Streams that are known of better or worse; that claims reach further behind the period is no difference."""
    before = {(row.system, row.stream): row for row in signed}
    after = {(row.system, row.stream): row for row in now}
    for name in sorted(before.keys() | after.keys()):
        one, other = before.get(name), after.get(name)
        if one is None or other is None or _known(one) != _known(other):
            yield CoverageChange(*name, one, other)


def _known(row: StreamStatement) -> tuple[object, ...]:
    return row.is_covered, None if row.is_covered else row.covered_until, row.held_count, row.quarantined_count
