"""The key of searches against the naive oracle, and proof that its near misses bite."""

from collections import Counter
from typing import Any

import pytest

from sandbox.scenario.plan import SMALLEST
from sandbox.scenario.searches import SEARCH_CODES, TOPIC_CODES, of_search, of_topic
from tests.oracle import searches
from tests.unit.scenario.plans import SCENARIOS, findings, scenario


@pytest.mark.parametrize(("seed", "size"), SCENARIOS)
def test_oracle_agrees_on_every_search(seed: int, size: int) -> None:
    """What partners look for and do not find would be told of other searches than those that found nothing."""
    key, found = scenario(seed, size)[0].answer_key, findings(seed, size).searches
    assert found.by_search == key.searches
    assert found.by_topic == key.search_topics


@pytest.mark.parametrize(("seed", "size"), [*SCENARIOS, (1, SMALLEST), (1, 4_000)])
def test_every_answer_of_searches_has_five_of_each(seed: int, size: int) -> None:
    """With few or no planted cases, precision and recall of 1.0 would say nothing."""
    key = scenario(seed, size)[0].answer_key
    for codes, told, name_of in (
        (SEARCH_CODES, Counter(key.searches.values()), of_search),
        (TOPIC_CODES, Counter(key.search_topics.values()), of_topic),
    ):
        assert {code: told[code] for code in codes if told[code] < 5} == {}
        missed = {code: len(key.near_misses[name_of(code)]) for code in codes}
        assert {code: count for code, count in missed.items() if count < 5} == {}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_near_miss_of_searches_is_no_violation(seed: int) -> None:
    """A near miss that the key also lists as a violation could not tell a right rule from a wrong one."""
    key = scenario(seed, 500)[0].answer_key
    for code in SEARCH_CODES:
        assert code not in {key.searches[one] for one in key.near_misses[of_search(code)]}
    for code in TOPIC_CODES:
        assert code not in {key.search_topics[one] for one in key.near_misses[of_topic(code)]}


WRONG_RULES: dict[str, tuple[str, Any]] = {
    "what is not told is nothing": ("_found", lambda said: "found" if said.get("resultCount") else "empty"),
    "words are compared as they were typed": (
        "_topic",
        lambda said: "/".join([said["terms"], *(said.get(name, "") for name in searches.FILTERS)]),
    ),
    "any search that found something counts": (
        "_found_last",
        lambda results: [count for _, count in results],
    ),
    "of two in one second the last one told counts": (
        "_found_last",
        lambda results: [count for _, count in results[-1:]],
    ),
    "a market is no other topic": ("FILTERS", ("productLine", "campaign")),
    "a campaign is no other topic": ("FILTERS", ("productLine", "market")),
    "a product line is no other topic": ("FILTERS", ("campaign", "market")),
}


@pytest.mark.parametrize("name", WRONG_RULES)
def test_a_wrong_rule_of_searches_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slightly wrong rule that the scenario passes would let that mistake into the product."""
    plan, records = scenario(1, 500)
    what, wrong = WRONG_RULES[name]
    monkeypatch.setattr(searches, what, wrong)
    found = searches.judge(records)
    assert (found.by_search, found.by_topic) != (plan.answer_key.searches, plan.answer_key.search_topics)
