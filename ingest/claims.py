"""What the claims say of each stream: which periods are complete, which are not and why, and which nobody speaks of.

Here belongs what stands behind `assettrail claims`, read from the log alone: it needs the public key and no build. The
arithmetic of periods is `ingest.windows`, which the pages use too; the same claims as a table are marts.fct_claims.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Literal

from assettrail.errors import ContractBroken
from ingest.extract import UNKNOWN
from ingest.ledger import Ledger, LoggedBatch, Standing
from ingest.schema import STREAMS
from ingest.windows import BEGINNING, QUEUES, Window, covered_windows

State = Literal["complete", "incomplete", "unknown", "no claim"]
"""- complete: nothing of the window is missing.
- incomplete: something of it is known to be missing, or waits for a decision.
- unknown: nobody can say whether everything is there. So says, of whatever was doubted, a
  claim that was logged before gaps were told apart.
- no claim: nobody ever spoke of the period."""

_WITHDRAWN = (
    "a batch of this window was held, rejected, or has records in quarantine, and no later claim makes up for it"
)


@dataclass(frozen=True)
class ClaimLine:
    """One claim of the log, as marts.fct_claims has it, with its state and the reason in words. Instants in UTC.

    `window_from` None: since the beginning.
    """

    log_index: int
    system: str
    stream: str
    window_from: datetime | None
    window_to: datetime
    is_complete: bool
    how: str
    detail: str
    row_count: int
    quarantined_count: int
    outcome: Standing
    logged_at: datetime

    @property
    def window(self) -> Window:
        """The period that the claim speaks of."""
        return self.window_from, self.window_to

    @property
    def is_covering(self) -> bool:
        """Whether the claim is complete and its batch accepted."""
        return self.is_complete and self.outcome == "accepted"

    @property
    def state(self) -> State:
        """What the claim says of its window."""
        if self.is_covering:
            return "complete"
        return "unknown" if self.how == UNKNOWN and self.outcome == "accepted" else "incomplete"

    @property
    def reason(self) -> str:
        """How the state is known, in words."""
        if self.outcome == "held":
            return "the batch is held at the landing gate and waits for a decision: `assettrail batches list --held`"
        if self.outcome == "rejected":
            return "the batch was rejected"
        return self.how if self.is_covering else self.detail


@dataclass(frozen=True)
class Period:
    """One unbroken period of a stream in one state; `start` None: since the beginning. Instants in UTC."""

    start: datetime | None
    end: datetime
    state: State
    reason: str

    @property
    def days(self) -> tuple[date, ...]:
        """The days (UTC) that the period touches; none where it has no beginning."""
        if self.start is None:
            return ()
        first, last = self.start.astimezone(UTC).date(), (self.end - timedelta(microseconds=1)).astimezone(UTC).date()
        return tuple(first + timedelta(days=number) for number in range((last - first).days + 1))


@dataclass(frozen=True)
class StreamClaims:
    """One stream: all its claims in log order, and its periods in the order of time, gaps included."""

    system: str
    stream: str
    claims: tuple[ClaimLine, ...]
    periods: tuple[Period, ...]

    @property
    def label(self) -> str:
        """The stream as people name it."""
        return f"{self.system}/{self.stream}"

    @property
    def gaps(self) -> tuple[Period, ...]:
        """The periods between claims that no claim speaks of."""
        return tuple(period for period in self.periods if period.state == "no claim")


def read_claims(ledger: Ledger, stream: str | None = None) -> list[StreamClaims]:
    """Return the claims of every stream, or of one (`system/stream`); a stream without any claim has no period.

    Raises ContractBroken when there is no such stream.
    """
    if stream is not None and tuple(stream.split("/")) not in STREAMS:
        raise ContractBroken(
            tried=f"to read the claims of {stream!r}",
            found="no stream of that name",
            expected="one of " + ", ".join("/".join(name) for name in STREAMS),
            remedy="write it as system/stream",
        )
    ledger.refresh()
    wanted = [name for name in STREAMS if stream in {None, "/".join(name)}]
    found: dict[tuple[str, str], list[ClaimLine]] = {name: [] for name in wanted}
    for batch in ledger.batches():
        own = found.get((batch.leaf.system, batch.leaf.stream))
        if own is not None:
            own.append(claim_line(batch))
    return [StreamClaims(*name, tuple(claims), periods_of(claims)) for name, claims in found.items()]


def claim_line(batch: LoggedBatch) -> ClaimLine:
    """Return the claim of one batch leaf."""
    leaf, claim = batch.leaf, batch.leaf.claim
    return ClaimLine(
        log_index=batch.log_index,
        system=leaf.system,
        stream=leaf.stream,
        window_from=claim.window_from,
        window_to=claim.window_to,
        is_complete=claim.complete,
        how=claim.how,
        detail=claim.detail,
        row_count=leaf.rows,
        quarantined_count=leaf.quarantined,
        outcome=batch.standing,
        logged_at=leaf.logged_at,
    )


def periods_of(claims: Sequence[ClaimLine]) -> tuple[Period, ...]:
    """Return the periods of one stream's claims from the first to the last instant that a claim speaks of.

    Complete is what `covered_windows` says. Of several other claims over one period the latest in the log speaks.
    """
    if not claims:
        return ()
    is_queue = (claims[0].system, claims[0].stream) in QUEUES
    covered = covered_windows(claims, is_queue=is_queue)
    ends = {instant for window in covered for instant in (window[0] or BEGINNING, window[1])}
    ends |= {instant for claim in claims for instant in (claim.window_from or BEGINNING, claim.window_to)}
    pieces = (_piece(start, end, active, covered) for start, end, active in _active(sorted(ends), claims))
    return tuple(_joined(pieces))


def _active(
    ends: Sequence[datetime], claims: Iterable[ClaimLine]
) -> Iterator[tuple[datetime, datetime, list[ClaimLine]]]:
    """Each elementary period with the claims that speak of it, in log order."""
    waiting = sorted(claims, key=lambda claim: (claim.window_from or BEGINNING, claim.log_index), reverse=True)
    active: list[ClaimLine] = []
    for start, end in pairwise(ends):
        active = [claim for claim in active if claim.window_to >= end]
        while waiting and (waiting[-1].window_from or BEGINNING) <= start:
            claim = waiting.pop()
            if claim.window_to >= end:
                active.append(claim)
        yield start, end, sorted(active, key=lambda claim: claim.log_index)


def _piece(start: datetime, end: datetime, active: Sequence[ClaimLine], covered: Sequence[Window]) -> Period:
    begins = None if start == BEGINNING else start
    if not active:
        return Period(begins, end, "no claim", "no claim speaks of it")
    if any((window[0] or BEGINNING) <= start and end <= window[1] for window in covered):
        known = sorted({claim.how for claim in active if claim.is_covering})
        return Period(begins, end, "complete", ", ".join(known))
    others = [claim for claim in active if not claim.is_covering]
    if not others:
        return Period(begins, end, "incomplete", _WITHDRAWN)
    return Period(begins, end, others[-1].state, others[-1].reason)


def _joined(pieces: Iterable[Period]) -> Iterator[Period]:
    """Join neighbours that say the same; complete ones whatever they are known by."""
    last: Period | None = None
    for piece in pieces:
        if last is None:
            last = piece
        elif last.state == piece.state and (last.reason == piece.reason or piece.state == "complete"):
            known = sorted({*last.reason.split(", "), *piece.reason.split(", ")})
            reason = ", ".join(known) if piece.state == "complete" else piece.reason
            last = Period(last.start, piece.end, piece.state, reason)
        else:
            yield last
            last = piece
    if last is not None:
        yield last
