"""The key of exposures against the naive oracle, and proof that its near misses bite."""

from collections import Counter
from typing import Any

import pytest

from sandbox.scenario.plan import SMALLEST
from sandbox.scenario.use_cause import SUPERSEDED, VERDICTS, over_exposure
from tests.oracle import exposures
from tests.oracle.naive import Oracle
from tests.unit.scenario.plans import SCENARIOS, findings, scenario

OVER_EXPOSURE = tuple(verdict for verdict in VERDICTS if verdict != SUPERSEDED)
"""An address serves the newest upload: nothing newer can be in force behind it."""


@pytest.mark.parametrize(("seed", "size"), SCENARIOS)
def test_oracle_agrees_on_every_live_link(seed: int, size: int) -> None:
    """An exposure in the key that its events do not bear out would make a right pipeline look wrong."""
    key, found = scenario(seed, size)[0].answer_key, findings(seed, size).exposures
    told = {use: (verdict, key.exposures_so_far[use]) for use, verdict in key.exposures.items()}
    assert {use: (one.verdict, one.so_far) for use, one in found.items()} == told


@pytest.mark.parametrize(("seed", "size"), [*SCENARIOS, (1, SMALLEST)])
def test_every_verdict_over_exposure_has_five_of_each(seed: int, size: int) -> None:
    """With few or no planted cases, precision and recall of 1.0 would say nothing."""
    key = scenario(seed, size)[0].answer_key
    found = Counter(key.exposures.values()), Counter(key.exposures_so_far.values())
    assert [verdict for verdict in OVER_EXPOSURE if min(one[verdict] for one in found) < 5] == []
    assert not any(SUPERSEDED in one for one in found)
    missed = {verdict: len(key.near_misses.get(over_exposure(verdict), ())) for verdict in OVER_EXPOSURE}
    assert {verdict: count for verdict, count in missed.items() if count < 5} == {}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_near_miss_over_exposure_is_no_violation(seed: int) -> None:
    """A near miss that the key also lists as a violation could not tell a right rule from a wrong one."""
    key = scenario(seed, 500)[0].answer_key
    for verdict in VERDICTS:
        missed = key.near_misses.get(over_exposure(verdict), ())
        assert verdict not in {told[use] for told in (key.exposures, key.exposures_so_far) for use in missed}, verdict


WRONG_RULES: dict[str, tuple[str, Any]] = {
    "the longer rule for ever": ("DAYS", {name: (days[0], days[0]) for name, days in exposures.DAYS.items()}),
    "the shorter rule always": ("DAYS", {name: (days[1], days[1]) for name, days in exposures.DAYS.items()}),
    "an edge forgets a second early": ("CDN", 3_599),
    "an edge forgets a second late": ("CDN", 3_601),
    "no edge keeps anything": ("CDN", 0),
    "the rules changed a second later": ("CHANGED", exposures.CHANGED + 1),
    "what only edges keep is a violation": ("VIOLATIONS", ()),
    "an address that serves nothing is no evidence": ("OF_NOTHING", ("NO_EVIDENCE",)),
    "an exposure closes a second early": (
        "_is_open",
        lambda ends, known: ends - 1 > known.evaluated_at - known.uncertainty,
    ),
    "an exposure closes a second late": (
        "_is_open",
        lambda ends, known: ends + 1 > known.evaluated_at - known.uncertainty,
    ),
}


@pytest.mark.parametrize("name", WRONG_RULES)
def test_a_wrong_rule_of_exposures_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slightly wrong rule that the scenario passes would let that mistake into the product."""
    what, wrong = WRONG_RULES[name]
    plan, records = scenario(1, 500)
    monkeypatch.setattr(exposures, what, wrong)
    found = Oracle(records).judge().exposures
    key = plan.answer_key
    told = {use: (verdict, key.exposures_so_far[use]) for use, verdict in key.exposures.items()}
    assert {use: (one.verdict, one.so_far) for use, one in found.items()} != told
