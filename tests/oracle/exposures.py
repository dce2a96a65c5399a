"""A naive second opinion on exposures: what a live link served afterwards, asked around everything that happened.

Shares no code with the product or the sandbox and uses no SQL. What an approval says of bytes at an instant it asks the
oracle of verdicts (`verdicts.py`); days and the CDN's hour stand here once more.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.oracle.addresses import possible_names
from tests.oracle.histories import DAY, Asset, Record, seconds

WORST_FIRST = (
    "NOT_APPROVED",
    "EXPIRED",
    "NOT_ELIGIBLE",
    "SUPERSEDED",
    "AMBIGUOUS",
    "NO_EVIDENCE",
    "PROVEN_LATE",
    "PROVEN",
)
VIOLATIONS = WORST_FIRST[:4]
DAYS = {"email": (21, 30), "web": (10, 10), "mobile": (14, 7)}
OTHERS = (14, 14)
CHANGED = seconds("2026-03-01T00:00:00+00:00")
CDN = 3_600
OF_NOTHING: tuple[str, ...] = ()
"""What is said of an instant at which an address serves nothing."""
Reader = tuple[Any, ...]


@dataclass(frozen=True)
class Known:
    """What the oracle of verdicts tells."""

    assets: Mapping[str, Asset]
    at_composition: Mapping[str, str]
    verdict_of: Callable[[Asset, str, int, Reader], str]
    evaluated_at: int
    uncertainty: int
    engine_off: Callable[[int], int]
    """How many seconds the engine's clock may be off when it shows an instant: so much later it is surely past."""


@dataclass(frozen=True)
class Exposure:
    """The verdict over the whole exposure of a link, and as far as it could be judged."""

    verdict: str
    so_far: str


@dataclass(frozen=True)
class _Span:
    name: str | None
    asset: Asset
    etag: str
    since: int
    until: int


def judge(letters: list[Record], known: Known) -> dict[str, Exposure]:
    """The exposure of every live link by use id."""
    found = {}
    for letter in letters:
        for use in letter["uses"]:
            if use["binding"] == "live_url":
                found[use["use_id"]] = _judge_link(letter, use, known)
    return found


def _judge_link(letter: Record, use: Record, known: Known) -> Exposure:
    composed = seconds(letter["generated_at"])
    before, after = DAYS.get(use["channel"], OTHERS)
    ends = composed + (before if composed < CHANGED else after) * DAY
    judged_to = min(ends, known.evaluated_at - known.uncertainty)
    spans = [span for name in possible_names(use) for span in _spans(name, known)]
    reader = (letter["segment"], letter["jurisdiction"], letter["offers"])
    verdicts = [known.at_composition[use["use_id"]]]
    for at in _instants(spans, composed + known.engine_off(composed), judged_to, known):
        verdicts += _at(spans, at, reader, known)
    so_far = min(verdicts, key=WORST_FIRST.index)
    whole = min([so_far, "NO_EVIDENCE"], key=WORST_FIRST.index) if _is_open(ends, known) else so_far
    return Exposure(whole, so_far)


def _is_open(ends: int, known: Known) -> bool:
    return ends > known.evaluated_at - known.uncertainty


def _spans(name: str | None, known: Known) -> list[_Span]:
    """When which bytes were served under a name."""
    return [
        _Span(name, asset, etag, max(since, named_from), min(until, named_to))
        for asset in known.assets.values()
        for named_from, named_to, held in asset.names
        if held == name
        for since, until, etag in asset.live_from_to()
        if max(since, named_from) < min(until, named_to)
    ]


def _instants(spans: list[_Span], composed: int, judged_to: int, known: Known) -> list[int]:
    """What is surely composed, the end, and every second around anything that happened to bytes or approvals."""
    events = {one for span in spans for one in (span.since, span.until)}
    for span in spans:
        for approval in span.asset.approvals:
            if approval.etag == span.etag:
                events |= {approval.granted_at, approval.ended_at, approval.valid_from, approval.valid_to}
    margin = known.uncertainty + 1
    around = {event + shift for event in events for shift in range(-margin, margin + 1)}
    around |= {event + CDN + shift for event in events for shift in (-1, 0, 1)}
    return sorted(at for at in around | {composed, judged_to} if composed <= at <= judged_to)


def _at(spans: list[_Span], at: int, reader: Reader, known: Known) -> list[str]:
    """The verdict of all that may have been served at an instant; `OF_NOTHING` where nothing may have been."""
    possible = [span for span in spans if span.since - known.uncertainty <= at < span.until + CDN]
    if not possible:
        return list(OF_NOTHING)
    found = {known.verdict_of(span.asset, span.etag, at, reader) for span in possible}
    if len(found) > 1 or len({span.name for span in possible if at < span.until + known.uncertainty}) > 1:
        return ["AMBIGUOUS"]
    (verdict,) = found
    clear = range(at - known.uncertainty, at + known.uncertainty + 1)
    is_served = all(any(span.since <= second < span.until for span in spans) for second in clear)
    return [verdict if is_served or verdict not in VIOLATIONS else "AMBIGUOUS"]
