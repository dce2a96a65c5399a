"""The key of publications against the naive oracle, and proof that its near misses bite."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from sandbox.scenario.plan import SMALLEST
from sandbox.scenario.publication_verdicts import REFERENCE_REASONS, at_publication, of_publication_now
from sandbox.scenario.use_cause import PROVEN, PROVEN_LATE, VERDICTS
from tests.oracle.histories import Asset, Parameters
from tests.oracle.naive import Oracle
from tests.unit.scenario.plans import SCENARIOS, findings, scenario

MINUTES = 10
"""So much later than the scenario's end the demo asks again, when corrections were sent."""
NOW = tuple(verdict for verdict in VERDICTS if verdict != PROVEN_LATE)
"""At the end of the claims nothing was recorded later than the instant that is judged."""


@pytest.mark.parametrize(("seed", "size"), SCENARIOS)
def test_oracle_agrees_on_every_publication(seed: int, size: int) -> None:
    """A verdict in the key that its events do not bear out would make a right pipeline look wrong."""
    plan, records = scenario(seed, size)
    key, found = plan.answer_key, findings(seed, size)
    assert _differing(key.publications, found.publications.at_publication) == {}
    assert _differing(key.publications_now, found.publications.now) == {}
    assert _differing(key.publication_reasons, found.publications.reasons) == {}
    assert _differing(key.publication_reasons_now, found.publications.reasons_now) == {}
    later = Oracle(records).publications_after(found, MINUTES)
    assert _differing(key.publications_after_corrections, later) == {}


def _differing(expected: Mapping[str, str], found: Mapping[str, str]) -> dict[str, tuple[str | None, str | None]]:
    names = sorted({*expected, *found})
    return {one: (expected.get(one), found.get(one)) for one in names if expected.get(one) != found.get(one)}


@pytest.mark.parametrize(("seed", "size"), [*SCENARIOS, (1, SMALLEST)])
def test_every_verdict_of_publications_has_five_of_each(seed: int, size: int) -> None:
    """With few or no planted cases, precision and recall of 1.0 would say nothing."""
    key = scenario(seed, size)[0].answer_key
    shown, now = Counter(key.publications.values()), Counter(key.publications_now.values())
    assert {verdict: shown[verdict] for verdict in VERDICTS if shown[verdict] < 5} == {}
    assert {verdict: now[verdict] for verdict in NOW if now[verdict] < 5} == {}
    assert PROVEN_LATE not in now
    names = [*map(at_publication, VERDICTS), *(of_publication_now(one) for one in NOW if one != PROVEN)]
    missed = {name: len(key.near_misses.get(name, ())) for name in names}
    assert {name: count for name, count in missed.items() if count < 5} == {}


@pytest.mark.parametrize(("seed", "size"), [*SCENARIOS, (1, SMALLEST)])
def test_every_way_of_naming_has_five_of_each(seed: int, size: int) -> None:
    """What names nothing known, or what may be several, could be taken for one version, and nobody would see it."""
    key = scenario(seed, size)[0].answer_key
    for told, name_of in ((key.publication_reasons, at_publication), (key.publication_reasons_now, of_publication_now)):
        counted = Counter(told.values())
        assert {reason: counted[reason] for reason in REFERENCE_REASONS if counted[reason] < 5} == {}
        for reason in REFERENCE_REASONS:
            missed = key.near_misses[name_of(reason)]
            assert len(missed) >= 5, name_of(reason)
            assert reason not in {told.get(one) for one in missed}, name_of(reason)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_near_miss_of_publications_is_no_violation(seed: int) -> None:
    """A near miss that the key also lists as a violation could not tell a right rule from a wrong one."""
    key = scenario(seed, 500)[0].answer_key
    for verdict in VERDICTS:
        for name, told in (
            (at_publication(verdict), key.publications),
            (of_publication_now(verdict), key.publications_now),
        ):
            assert verdict not in {told[one] for one in key.near_misses.get(name, ())}, name


WRONG_RULES = {
    "no clock uncertainty": Parameters(uncertainty_seconds=0),
    "a second less clock uncertainty": Parameters(uncertainty_seconds=1),
    "a second more clock uncertainty": Parameters(uncertainty_seconds=3),
    "late half an hour early": Parameters(late_after_seconds=86_400 - 1_800),
    "late half an hour late": Parameters(late_after_seconds=86_400 + 1_800),
    "the old grace for ever": Parameters(grace_days=(("0001-01-01T00:00:00+00:00", 14),)),
    "the new grace always": Parameters(grace_days=(("0001-01-01T00:00:00+00:00", 7),)),
}


@pytest.mark.parametrize("name", WRONG_RULES)
def test_a_wrong_rule_of_publications_is_noticed(name: str) -> None:
    """A slightly wrong rule that the scenario passes would let that mistake into the product."""
    plan, records = scenario(1, 500)
    found = Oracle(records, WRONG_RULES[name]).judge().publications
    assert found.at_publication != plan.answer_key.publications


def _newest_is_meant(oracle: Oracle, record: dict[str, Any]) -> dict[str, Any]:
    meant = _AS_MEANT(oracle, record)
    etags = oracle.meant.get(meant["etag"])
    if etags:
        oracle.meant[meant["etag"]] = {
            max(one for one in oracle.assets[meant["asset_id"]].uploads if one[2] in etags)[2]
        }
    return meant


def _all_that_came_are_meant(oracle: Oracle, record: dict[str, Any]) -> dict[str, Any]:
    meant = _AS_MEANT(oracle, record)
    if record["version"] is None and oracle.meant.get(meant["etag"]):
        oracle.meant[meant["etag"]] = {etag for _, _, etag in oracle.assets[meant["asset_id"]].uploads}
    return meant


def _names_last(oracle: Oracle, reference: dict[str, Any], at: int) -> Asset | None:
    if reference["asset_id"] is not None:
        return oracle.assets.get(reference["asset_id"])
    named = (one for one in oracle.assets.values() if reference["public_id"] in {name for _, _, name in one.names})
    return next(named, None)


_AS_MEANT = Oracle._as_meant
WRONG_NAMES: dict[str, tuple[str, Any]] = {
    "the newest version is meant": ("_as_meant", _newest_is_meant),
    "a version that came later is meant, too": ("_as_meant", _all_that_came_are_meant),
    "a name lasts for ever": ("_asset_of", _names_last),
}


@pytest.mark.parametrize("name", WRONG_NAMES)
def test_a_wrong_rule_of_names_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a publication may mean could be told more exactly than anybody knows."""
    plan, records = scenario(1, 500)
    monkeypatch.setattr(Oracle, *WRONG_NAMES[name])
    assert Oracle(records)._publications().reasons != plan.answer_key.publication_reasons
