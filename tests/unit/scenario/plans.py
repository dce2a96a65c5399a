"""The plans that the tests of the scenario share, each made once, with the records that its events leave."""

from functools import cache
from typing import Any

from sandbox.scenario.plan import Plan, make_plan
from sandbox.scenario.records import OfflineResolution, plan_records
from tests.oracle.naive import Findings, Oracle

SCENARIOS = [(seed, size) for seed in (1, 2, 3) for size in (500, 2_000)]


@cache
def scenario(seed: int, size: int) -> tuple[Plan, list[dict[str, Any]]]:
    """A plan and its records."""
    plan = make_plan(seed, size)
    return plan, list(plan_records(plan, OfflineResolution()))


@cache
def findings(seed: int, size: int) -> Findings:
    """What the naive oracle finds in a plan's records."""
    return Oracle(scenario(seed, size)[1]).judge()
