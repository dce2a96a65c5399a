"""The plan: repeatable, in order, of the right size, and without marks on what was planted."""

import json
import re
from collections import Counter
from functools import cache

import pytest

from sandbox.scenario.background import MARGIN
from sandbox.scenario.driver_data import driver_lines
from sandbox.scenario.events import (
    Access,
    Acknowledge,
    Approve,
    BytesReference,
    Compose,
    DeliveryLink,
    NameReference,
    OpenCase,
    Publish,
    Rename,
    Upload,
)
from sandbox.scenario.fitting_addresses import fitting_link
from sandbox.scenario.plan import SMALLEST, Plan, make_plan
from sandbox.scenario.publication_verdicts import UNRESOLVED
from sandbox.scenario.records import OfflineResolution, content_formats, plan_records
from sandbox.scenario.stages import COVERAGE_STARTS, DAY, STAGES, stage_end, stage_of, true_instant


@cache
def plan_of(seed: int = 1, size: int = 500) -> Plan:
    return make_plan(seed, size)


def test_a_seed_gives_one_plan() -> None:
    """A plan that changes from run to run would make failures impossible to repeat."""
    assert make_plan(7, 500) == make_plan(7, 500)
    assert make_plan(7, 500).answer_key != make_plan(8, 500).answer_key


def test_too_small_a_scenario_is_refused() -> None:
    """A scenario without room for its planted cases would silently lack some of them."""
    with pytest.raises(ValueError, match="at least"):
        make_plan(1, SMALLEST - 1)


def test_default_size() -> None:
    """A default scenario of another size would make the published measurements meaningless."""
    plan = make_plan(1, 20_000)
    kinds = Counter(type(event) for event in plan.events)
    communications = [one for event in plan.events if isinstance(event, Compose) for one in event.communications]
    measured = {
        "uses": (len(plan.answer_key.verdicts), 60_000),
        "versions": (kinds[Upload], 3_000),
        "assets": (len({event.asset for event in plan.events if isinstance(event, Upload)}), 1_500),
        "publications": (kinds[Publish], 600),
        "receipts": (kinds[Access] + kinds[Acknowledge], 2_000),
        "cases": (kinds[OpenCase], 200),
        "communications": (len(communications), 20_000),
    }
    assert {name: pair for name, pair in measured.items() if abs(pair[0] / pair[1] - 1) > 0.05} == {}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nothing_refers_to_what_is_not_there_yet(seed: int) -> None:
    """An event played before the upload that it names would fail, or name another asset."""
    plan = plan_of(seed)
    uploaded: set[str] = set()
    shown: set[str] = set()
    assert [event.at for event in plan.events] == sorted(event.at for event in plan.events)
    for event in plan.events:
        if isinstance(event, Upload):
            uploaded |= {event.asset, event.content}
        elif isinstance(event, Approve):
            assert event.content in uploaded
        elif isinstance(event, Publish):
            assert event.content in uploaded or plan.answer_key.publication_reasons[event.publication_id] == UNRESOLVED
            assert event.replaces is None or event.replaces in shown
            shown.add(event.publication_id)
        elif isinstance(event, Compose):
            assert all(true_instant(one.generated_at) <= event.at for one in event.communications)
            references = [u.reference for one in event.communications for r in one.renderings for u in r.uses]
            assert all(r.content in uploaded for r in references if isinstance(r, BytesReference))


def test_jobs_stay_in_their_stage_and_size() -> None:
    """A job of more lines than the engine takes, or across a stage's end, could not be played."""
    for event in plan_of(1, 2_000).events:
        if isinstance(event, Compose):
            assert len(event.communications) <= 1_000
            assert event.at < stage_end(stage_of(event.at))


def test_statement_runs_hold_most_communications() -> None:
    """Without both runs, in time and late would not both be tried on ordinary letters."""
    plan = make_plan(1, 2_000)
    by_stage: dict[int, Counter[bool]] = {stage: Counter() for stage in STAGES}
    for event in plan.events:
        if isinstance(event, Compose):
            for one in event.communications:
                end = stage_end(stage_of(one.generated_at))
                by_stage[stage_of(one.generated_at)][one.generated_at >= end - DAY] += 1
    for counts in by_stage.values():
        assert 0.75 < counts[True] / counts.total() < 0.9


def test_background_keeps_its_distance() -> None:
    """A background use close to a change of its asset would have a verdict by chance."""
    plan = plan_of(2)
    planted = {one.reference for one in plan.planted_uses}
    planted |= {
        fitting_link(one, channel)
        for one in planted
        for channel in ("email", "web", "mobile")
        if isinstance(one, DeliveryLink)
    }
    changes: dict[str, list[int]] = {}
    names: dict[str, list[int]] = {}
    for event in plan.events:
        if isinstance(event, Upload | Approve):
            changes.setdefault(event.asset, []).append(event.at)
            names.setdefault(event.public_id, []).append(event.at)
        elif isinstance(event, Rename):
            names.setdefault(event.from_public_id, []).append(event.at)
            names.setdefault(event.to_public_id, []).append(event.at)
    for event in plan.events:
        for one in event.communications if isinstance(event, Compose) else ():
            for use in (use for rendering in one.renderings for use in rendering.uses):
                if use.reference in planted:
                    continue
                assert one.generated_at > COVERAGE_STARTS
                near: list[int] = []
                if isinstance(use.reference, BytesReference):
                    near = changes[use.reference.asset]
                elif isinstance(use.reference, DeliveryLink | NameReference):
                    near = names[use.reference.public_id]
                assert all(abs(at - one.generated_at) >= MARGIN for at in near)


def test_planted_assets_are_used_once() -> None:
    """An asset shared by a planted case and other uses would give those uses the planted trouble."""
    plan = plan_of(3)
    owners: Counter[str] = Counter()
    planted = {one.reference.asset for one in plan.planted_uses if isinstance(one.reference, BytesReference)}
    for event in plan.events:
        for one in event.communications if isinstance(event, Compose) else ():
            for use in (use for rendering in one.renderings for use in rendering.uses):
                if isinstance(use.reference, BytesReference):
                    owners[use.reference.asset] += 1
    assert {asset for asset in planted if owners[asset] != 1} == set()


def test_nothing_tells_what_was_planted() -> None:
    """A mark in a name or id would let an adapter, or a test of one, find the cases without judging them."""
    plan = plan_of()
    resolution, formats = OfflineResolution(), content_formats(plan)
    written = [json.dumps(record) for record in plan_records(plan, resolution)]
    jobs = [event for event in plan.events if isinstance(event, Compose)]
    written += [driver_lines(job, resolution, formats).decode() for job in jobs]
    text = "\n".join(written).lower()
    causes = {one.cause for one in plan.planted_uses} | {one.cause for one in plan.planted_community_cases}
    telling = {*causes, *(cause.replace("_", "-") for cause in causes), "planted", "near_miss", "verdict", "proven"}
    assert [word for word in telling if word in text] == []


def test_planted_names_look_like_all_others() -> None:
    """A shape of name that only planted assets have would mark them.

    A folder like a width is what the causes of addresses are about: uses that are in order have it, too.
    """
    plan = plan_of()
    shape = re.compile(r"(w_\d+/)?(brand|campaigns|products)/[a-z]+/[a-z]+-\d+")
    names = {event.public_id for event in plan.events if isinstance(event, Upload)}
    assert all(shape.fullmatch(name) for name in names)
    ids = {one.communication_id for e in plan.events if isinstance(e, Compose) for one in e.communications}
    assert all(re.fullmatch(r"COM-\d{6}", one) for one in ids)
    assert len(ids) == 500
