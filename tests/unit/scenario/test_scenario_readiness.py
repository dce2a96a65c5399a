"""The key of launches' readiness against the naive oracle, and proof that its near misses bite."""

from collections import Counter
from typing import Any

import pytest

from sandbox.scenario.launch_readiness import (
    LAUNCH_CODES,
    PARTNER_CODES,
    REQUIREMENT_CODES,
    of_launch,
    of_partners,
    of_requirement,
)
from sandbox.scenario.plan import SMALLEST
from tests.oracle import launches, readiness
from tests.oracle.naive import Oracle
from tests.unit.scenario.plans import SCENARIOS, findings, scenario


@pytest.mark.parametrize(("seed", "size"), SCENARIOS)
def test_oracle_agrees_on_every_launch(seed: int, size: int) -> None:
    """A launch would pass for a go that is none, or a partner for silent that spoke."""
    key, found = scenario(seed, size)[0].answer_key, findings(seed, size).readiness
    assert found.required_assets == key.required_assets
    assert found.launches == key.launches
    assert found.silence == key.silence


@pytest.mark.parametrize(("seed", "size"), [*SCENARIOS, (1, SMALLEST), (1, 4_000)])
def test_every_answer_of_launches_has_five_of_each(seed: int, size: int) -> None:
    """With few or no planted cases, precision and recall of 1.0 would say nothing."""
    key = scenario(seed, size)[0].answer_key
    silent = Counter("heard" if words.startswith("0 of") else "silent" for words in key.silence.values())
    for codes, told, name_of in (
        (REQUIREMENT_CODES, Counter(key.required_assets.values()), of_requirement),
        (LAUNCH_CODES, Counter(key.launches.values()), of_launch),
        (PARTNER_CODES, silent, of_partners),
    ):
        assert {code: told[code] for code in codes if told[code] < 5} == {}
        assert told.keys() == set(codes)
        missed = {code: len(key.near_misses[name_of(code)]) for code in codes}
        assert {code: count for code, count in missed.items() if count < 5} == {}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_near_miss_of_launches_is_no_violation(seed: int) -> None:
    """A near miss that the key also lists as a violation could not tell a right rule from a wrong one."""
    key = scenario(seed, 500)[0].answer_key
    for codes, told, name_of in (
        (REQUIREMENT_CODES, key.required_assets, of_requirement),
        (LAUNCH_CODES, key.launches, of_launch),
    ):
        for code in codes:
            assert code not in {told[one] for one in key.near_misses[name_of(code)]}, code
    assert all(key.silence[one].startswith("0 of") for one in key.near_misses[of_partners("silent")])
    assert all(key.silence[one].startswith("1 of") for one in key.near_misses[of_partners("heard")])


WRONG_RULES: dict[str, tuple[str, Any]] = {
    "what is not known is good": ("GOOD", ("PROVEN", "PROVEN_LATE", "AMBIGUOUS", "NO_EVIDENCE")),
    "what is not known waits for its approval": ("UNKNOWN", ()),
    "what was superseded is ready": ("GOOD", ("PROVEN", "PROVEN_LATE", "SUPERSEDED")),
    "what has expired is ready": ("GOOD", ("PROVEN", "PROVEN_LATE", "EXPIRED")),
    "what is approved elsewhere is ready": ("GOOD", ("PROVEN", "PROVEN_LATE", "NOT_ELIGIBLE")),
    "a launch to come is judged by the publication": ("_judged", lambda record, *_: str(record["occurred_at"])),
    "a launch that was is judged now": ("_judged", lambda _record, now, _until: now),
    "the worst that is shown counts": ("RANKS", readiness.RANKS[::-1]),
    "every variant will do": ("_is_asked", lambda *_: True),
}


@pytest.mark.parametrize("name", WRONG_RULES)
def test_a_wrong_rule_of_required_assets_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slightly wrong rule that the scenario passes would let that mistake into the product."""
    plan, records = scenario(1, 500)
    what, wrong = WRONG_RULES[name]
    monkeypatch.setattr(readiness, what, wrong)
    assert Oracle(records).judge().readiness.required_assets != plan.answer_key.required_assets


@pytest.mark.parametrize("kind", ["flags", "format-requests", "tasks", "acknowledgements"])
def test_every_word_of_partners_matters(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What partners say in one way could be lost, and nobody would see that they were called silent."""
    plan, records = scenario(1, 500)
    oracle = Oracle(records)
    objects = launches.objects_of(records)
    objects[kind] = []
    found = readiness.judge(records, objects, oracle._verdict_of_publication, "2026-05-05T00:00:00Z")
    assert found.silence != plan.answer_key.silence
    is_work = kind != "acknowledgements"
    assert (found.launches != plan.answer_key.launches) is is_work


@pytest.mark.parametrize(("kind", "status"), [("tasks", "open"), ("flags", "resolved"), ("launches", "planned")])
def test_every_status_matters(kind: str, status: str) -> None:
    """Done work, a resolved flag, a launch that was called off: each could be read as it was at first."""
    plan, records = scenario(1, 500)
    objects = launches.objects_of(records)
    objects[kind] = [{**said, "status": status} for said in objects[kind]]
    found = readiness.judge(records, objects, Oracle(records)._verdict_of_publication, "2026-05-05T00:00:00Z")
    assert found.launches != plan.answer_key.launches
