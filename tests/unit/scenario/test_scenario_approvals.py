"""Approvals beside overwrites and limits that change: that they are planted, and proof that their near misses bite."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.scenario.desk import PlantedUse
from sandbox.scenario.events import Approve, BytesReference, DeliveryLink, NameReference, Rename, Upload
from sandbox.scenario.plan import SMALLEST, Plan
from sandbox.scenario.shared_letters import SharedLetter
from sandbox.scenario.use_cause import AMBIGUOUS, NOT_APPROVED, NOT_ELIGIBLE, PROVEN, PROVEN_LATE
from sandbox.scenario.use_causes import SHARED_LETTERS
from tests.oracle.naive import Oracle
from tests.unit.scenario.plans import SCENARIOS, scenario

Record = dict[str, Any]
SECONDS, LIMITS = SHARED_LETTERS
PLANS = [*SCENARIOS, (1, SMALLEST)]
UPLOADS = ("upload", "restore")


def _of(letter: SharedLetter, plan: Plan) -> list[PlantedUse]:
    causes = {cause.name for cause in letter.causes}
    return [use for use in plan.planted_uses if use.cause in causes]


def _violations_and_near_misses(uses: Iterable[PlantedUse], verdict: str) -> tuple[int, int]:
    told = list(uses)
    return sum(use.verdict == verdict for use in told), sum(verdict in use.near_miss_of for use in told)


@pytest.mark.parametrize(("seed", "size"), PLANS)
def test_approvals_in_the_second_of_an_overwrite_are_planted(seed: int, size: int) -> None:
    """Without them a rule that guesses which bytes were approved would agree with the whole answer key."""
    plan, _ = scenario(seed, size)
    overwritten = {(one.asset, one.at) for one in plan.events if isinstance(one, Upload) and one.is_overwrite}
    approvals = [one for one in plan.events if isinstance(one, Approve)]
    in_the_second = Counter(one.names_bytes for one in approvals if (one.asset, one.at) in overwritten)
    assert in_the_second[False] >= 5
    assert in_the_second[True] >= 2
    assert sum(not one.names_bytes and (one.asset, one.at + 1) in overwritten for one in approvals) >= 2
    assert sum(not one.names_bytes and (one.asset, one.at - 1) in overwritten for one in approvals) >= 2
    assert min(_violations_and_near_misses(_of(SECONDS, plan), AMBIGUOUS)) >= 5


@pytest.mark.parametrize("what", ["segments", "offers"])
@pytest.mark.parametrize(("seed", "size"), PLANS)
def test_limits_that_change_are_planted(seed: int, size: int, what: str) -> None:
    """Without them a rule that knows only the first limits, or the last ones, would agree with the answer key."""
    plan, _ = scenario(seed, size)
    said: dict[tuple[str, str], set[tuple[str, ...]]] = defaultdict(set)
    handles: dict[str, str] = {}
    for one in plan.events:
        if isinstance(one, Approve):
            said[one.asset, one.content].add(getattr(one.terms, what))
            handles[one.public_id] = one.asset
    changed = {asset for (asset, _), limits in said.items() if len(limits) > 1}

    def asset_of(use: PlantedUse) -> str | None:
        reference = use.reference
        if isinstance(reference, BytesReference):
            return reference.asset
        return handles.get(reference.public_id) if isinstance(reference, NameReference | DeliveryLink) else None

    uses = [use for use in _of(LIMITS, plan) if asset_of(use) in changed]
    assert min(_violations_and_near_misses(uses, NOT_ELIGIBLE)) >= 5
    assert sum(use.verdict == AMBIGUOUS for use in uses) >= 2


def test_no_letter_shares_an_asset_between_two_of_its_uses() -> None:
    """A history that two causes wrote would have neither's verdict."""
    plan, _ = scenario(1, 500)
    renamed = {one.from_public_id for one in plan.events if isinstance(one, Rename)}
    for letter in SHARED_LETTERS:
        uses = _of(letter, plan)
        assert len(uses) == letter.repetitions * len(letter.causes)
        assert len({use.at for use in uses}) == letter.repetitions
        references = [use.reference for use in uses]
        names = [one.public_id for one in references if isinstance(one, NameReference | DeliveryLink)]
        handles = [one.asset for one in references if isinstance(one, BytesReference)]
        assert len(set(names)) == len(names)
        assert len(set(handles)) == len(handles)
        assert not renamed & set(names)


def _overwritten(records: list[Record]) -> dict[tuple[str, str], list[str]]:
    """The bytes that came in a second, by asset and second, behind those that were there before."""
    before: dict[str, str] = {}
    found: dict[tuple[str, str], list[str]] = {}
    for record in records:
        if record["kind"] in UPLOADS:
            asset, at = record["asset_id"], record["occurred_at"]
            earlier = [before[asset]] if asset in before else []
            found.setdefault((asset, at), earlier).append(record["etag"])
            before[asset] = record["etag"]
    return found


def _bound(records: list[Record], choose: Callable[[list[str]], str | None]) -> Iterator[Record]:
    """The records where an approval in the second of an overwrite names the bytes that were chosen for it."""
    overwritten = _overwritten(records)
    for record in records:
        bytes_of_second = overwritten.get((record.get("asset_id", ""), record["occurred_at"]), [])
        if record["kind"] == "approve" and len(bytes_of_second) > 1:
            yield {**record, "etag": choose(bytes_of_second)}
        else:
            yield record


def _within_a_second_more(records: list[Record], shift: int) -> Iterator[Record]:
    """The records where an approval without a hash counts as one in the second of an overwrite so many seconds off."""
    overwritten = _overwritten(records)
    for record in records:
        if record["kind"] == "approve" and record["etag"] is None:
            near = datetime.fromisoformat(record["occurred_at"]).timestamp() + shift
            text = datetime.fromtimestamp(near, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            if (record["asset_id"], text) in overwritten:
                yield {**record, "occurred_at": text}
                continue
        yield record


def _limited(records: list[Record], merge: Callable[[list[list[str]]], list[str]]) -> Iterator[Record]:
    """The records where every approval of an asset has the limits that come of all that were ever said of it."""
    said: dict[tuple[str, str], list[list[str]]] = defaultdict(list)
    for record in records:
        if record["kind"] == "approve":
            for what in ("segments", "offers"):
                said[record["asset_id"], what].append(record[what])
    for record in records:
        if record["kind"] == "approve":
            merged = {what: merge(said[record["asset_id"], what]) for what in ("segments", "offers")}
            yield {**record, **merged}
        else:
            yield record


def _anything_said(limits: list[list[str]]) -> list[str]:
    return [] if [] in limits else sorted({one for each in limits for one in each})


WRONG_RULES: dict[str, tuple[Callable[[list[Record]], Iterator[Record]], set[str]]] = {
    "the older bytes were approved": (lambda records: _bound(records, lambda found: found[0]), {AMBIGUOUS, PROVEN}),
    "the newest bytes were approved": (
        lambda records: _bound(records, lambda found: found[-1]),
        {AMBIGUOUS, NOT_APPROVED, PROVEN},
    ),
    "a hash settles nothing": (lambda records: _bound(records, lambda _: None), {NOT_APPROVED, PROVEN}),
    "a second later is the same": (lambda records: _within_a_second_more(records, 1), {NOT_APPROVED, PROVEN}),
    "a second earlier is the same": (lambda records: _within_a_second_more(records, -1), {NOT_APPROVED, PROVEN}),
    "the latest limits": (lambda records: _limited(records, lambda said: said[-1]), {NOT_ELIGIBLE, PROVEN}),
    "the first limits": (lambda records: _limited(records, lambda said: said[0]), {NOT_ELIGIBLE, PROVEN}),
    "any limits ever": (lambda records: _limited(records, _anything_said), {NOT_ELIGIBLE}),
}
"""How the records read to a rule, and the verdicts of uses that it gets wrong; late or in time makes no difference."""


@pytest.mark.parametrize("name", WRONG_RULES)
def test_a_wrong_rule_of_approvals_is_noticed(name: str) -> None:
    """A slightly wrong rule that the scenario passes would let that mistake into the product."""
    wrong, hit = WRONG_RULES[name]
    plan, records = scenario(1, 500)
    found, expected = Oracle(list(wrong(records))).judge().verdicts, plan.answer_key.verdicts
    changed = {expected[use] for use in expected if expected[use] != found[use]}
    assert {PROVEN if verdict == PROVEN_LATE else verdict for verdict in changed} == hit
