"""The answer key against the naive oracle, and proof that its near misses bite."""

from collections import Counter
from typing import Any

import pytest

from sandbox.exstream.composition import COMPOSED_PAGES
from sandbox.scenario.answer_key import USE_CONTROLS, AnswerKey
from sandbox.scenario.events import Compose
from sandbox.scenario.plan import SMALLEST
from sandbox.scenario.use_cause import VERDICTS, of_output_link
from tests.oracle import (
    artwork,
    audit_trail,
    communities,
    decisions,
    deliveries,
    downloads,
    feedback,
    launch_visuals,
    launches,
    rich_media,
    templates,
    verdicts,
)
from tests.oracle.artwork import ARTWORK_CONTROLS
from tests.oracle.audit_trail import AUDIT_CONTROLS
from tests.oracle.communities import COMMUNITY_CONTROLS
from tests.oracle.decisions import DECISION_CONTROLS
from tests.oracle.downloads import DOWNLOAD_CONTROLS
from tests.oracle.feedback import FEEDBACK_CONTROLS
from tests.oracle.foreign_changes import FOREIGN_CHANGES
from tests.oracle.histories import Parameters
from tests.oracle.launch_visuals import LAUNCH_VISUAL_CONTROLS
from tests.oracle.launches import LAUNCH_CONTROLS
from tests.oracle.naive import OUTDATED, UNANSWERED, Oracle
from tests.oracle.rich_media import RICH_MEDIA_CONTROLS
from tests.oracle.templates import TEMPLATE_CONTROLS
from tests.oracle.threads import THREAD_CONTROLS
from tests.unit.scenario.plans import SCENARIOS, findings, scenario

PARTNER_CONTROLS = (
    *COMMUNITY_CONTROLS,
    *ARTWORK_CONTROLS,
    *LAUNCH_CONTROLS,
    *LAUNCH_VISUAL_CONTROLS,
    *DOWNLOAD_CONTROLS,
    *AUDIT_CONTROLS,
    *FEEDBACK_CONTROLS,
    *THREAD_CONTROLS,
    FOREIGN_CHANGES,
)
CONTROLS = (
    *USE_CONTROLS.values(),
    OUTDATED,
    UNANSWERED,
    *DECISION_CONTROLS,
    *TEMPLATE_CONTROLS,
    deliveries.BREAKING,
    *RICH_MEDIA_CONTROLS,
    *PARTNER_CONTROLS,
)
NEARLY_OF_OUTPUT_LINKS = ("NOT_APPROVED", "EXPIRED", "NOT_ELIGIBLE", "SUPERSEDED", "AMBIGUOUS")


@pytest.mark.parametrize(("seed", "size"), SCENARIOS)
def test_oracle_agrees_on_every_use(seed: int, size: int) -> None:
    """A verdict in the key that its events do not bear out would make a right pipeline look wrong."""
    plan, _ = scenario(seed, size)
    found = findings(seed, size).verdicts
    expected = plan.answer_key.verdicts
    assert {use: (expected[use], found.get(use)) for use in expected if expected[use] != found.get(use)} == {}
    assert len(found) == len(expected)


@pytest.mark.parametrize(("seed", "size"), SCENARIOS)
def test_oracle_agrees_on_every_link_of_an_output(seed: int, size: int) -> None:
    """A link that a report named, too, or whose output no engine keeps, would not show that outputs are read."""
    plan, records = scenario(seed, size)
    assert findings(seed, size).output_links == plan.answer_key.output_links
    letters = [record for record in records if record["kind"] == "compose"]
    shown = {image["url"] for letter in letters for image in letter["template_images"]}
    assert len(shown) == len(plan.answer_key.output_links)
    assert not shown & {use["url"] for letter in letters for use in letter["uses"]}
    for event in (event for event in plan.events if isinstance(event, Compose)):
        shows = [any(one.template_images for one in letter.renderings) for letter in event.communications]
        assert shows[:COMPOSED_PAGES].count(True) == shows.count(True)


@pytest.mark.parametrize(("seed", "size"), SCENARIOS)
def test_oracle_agrees_on_controls_and_corrections(seed: int, size: int) -> None:
    """A wrong control list, or a correction that cures nothing, would pass for the truth in every later test."""
    plan, records = scenario(seed, size)
    oracle = Oracle(records)
    findings = oracle.judge()
    assert findings.controls == plan.answer_key.controls
    assert findings.corrections == plan.answer_key.corrections
    remaining = oracle.after_corrections(findings, {image.name for image in plan.reviewed_images})
    assert {name: sorted(subjects) for name, subjects in remaining.items()} == plan.answer_key.after_corrections


@pytest.mark.parametrize(("seed", "size"), [*SCENARIOS, (1, SMALLEST)])
def test_every_verdict_and_control_has_five_of_each(seed: int, size: int) -> None:
    """With few or no planted cases, precision and recall of 1.0 would say nothing."""
    key = scenario(seed, size)[0].answer_key
    violations = Counter(key.verdicts.values())
    assert {verdict: violations[verdict] for verdict in VERDICTS if violations[verdict] < 5} == {}
    missed = {name: len(key.near_misses.get(name, ())) for name in (*VERDICTS, *CONTROLS)}
    assert {name: count for name, count in missed.items() if count < 5} == {}
    assert {control: len(key.controls[control]) for control in CONTROLS if len(key.controls[control]) < 5} == {}
    assert all(len(subjects) >= 5 for subjects in key.corrections.values())
    shown = Counter(key.output_links.values())
    assert {verdict: shown[verdict] for verdict in VERDICTS if shown[verdict] < 5} == {"SUPERSEDED": 0}
    missed = {verdict: len(key.near_misses[of_output_link(verdict)]) for verdict in NEARLY_OF_OUTPUT_LINKS}
    assert {verdict: count for verdict, count in missed.items() if count < 5} == {}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_near_miss_is_no_violation(seed: int) -> None:
    """A near miss that the key also lists as a violation could not tell a right rule from a wrong one."""
    key = scenario(seed, 500)[0].answer_key
    for name, subjects in key.near_misses.items():
        if name in CONTROLS:
            assert not set(subjects) & set(key.controls[name])
        elif name in VERDICTS:
            assert name not in {key.verdicts[use] for use in subjects}
    for verdict in NEARLY_OF_OUTPUT_LINKS:
        assert verdict not in {key.output_links[link] for link in key.near_misses[of_output_link(verdict)]}


def _off_by(seconds: int) -> Parameters:
    """The rules where the engine's clock was off by so much on its day."""
    return Parameters(deviations=(("exstream", "2026-03-12T00:00:00+00:00", "2026-03-13T00:00:00+00:00", seconds),))


WRONG_RULES = {
    "no clock uncertainty": (Parameters(uncertainty_seconds=0), {"AMBIGUOUS"}),
    "too much clock uncertainty": (
        Parameters(uncertainty_seconds=10),
        {"PROVEN", "PROVEN_LATE", "NOT_APPROVED", "NOT_ELIGIBLE"},
    ),
    "no clock was ever off": (Parameters(deviations=()), {"AMBIGUOUS"}),
    "the clock was a second less off": (_off_by(599), {"AMBIGUOUS"}),
    "the clock was a second more off": (_off_by(601), {"PROVEN_LATE", "NOT_APPROVED", "EXPIRED"}),
    "late a quarter of an hour early": (Parameters(late_after_seconds=86_400 - 900), {"PROVEN"}),
    "late a quarter of an hour late": (Parameters(late_after_seconds=86_400 + 900), {"PROVEN_LATE"}),
    "the old grace for ever": (Parameters(grace_days=(("0001-01-01T00:00:00+00:00", 14),)), {"SUPERSEDED"}),
    "the new grace always": (
        Parameters(grace_days=(("0001-01-01T00:00:00+00:00", 7),)),
        {"PROVEN", "PROVEN_LATE"},
    ),
}


WRONG_FOR_OUTPUT_LINKS = ("no clock uncertainty", "late a quarter of an hour late")


@pytest.mark.parametrize("name", WRONG_RULES)
def test_a_wrong_rule_is_noticed(name: str) -> None:
    """A scenario that a slightly wrong rule passes would let that mistake into the product."""
    parameters, hit = WRONG_RULES[name]
    plan, records = scenario(1, 500)
    judged = Oracle(records, parameters).judge()
    found, expected = judged.verdicts, plan.answer_key.verdicts
    changed = {expected[use] for use in expected if expected[use] != found[use]}
    assert changed
    assert changed <= hit
    if name in WRONG_FOR_OUTPUT_LINKS:
        assert judged.output_links != plan.answer_key.output_links


def test_what_is_restored_just_then_is_the_newest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes that are served because they were restored would count as long superseded by those that they replaced."""

    def until_the_very_instant(_: Oracle, asset: Any, etag: str, at: int, _clock: str) -> int:
        return max((uploaded for uploaded, _, other in asset.uploads if other == etag and uploaded <= at), default=at)

    plan, records = scenario(1, 500)
    monkeypatch.setattr(Oracle, "_last_upload", until_the_very_instant)
    judged, key = Oracle(records).judge(), plan.answer_key
    changed = {
        (key.output_links[one], judged.output_links[one]) for one in key.near_misses[of_output_link("SUPERSEDED")]
    }
    assert ("PROVEN", "AMBIGUOUS") in changed


WRONG_DECISION_RULES: dict[str, tuple[str, Any, set[str]]] = {
    "the stricter rules a second late": (
        "STRICTER_FROM",
        "2026-03-01T00:00:01",
        {
            decisions.UNFITTING,
            decisions.WITHOUT_SELECTION,
            decisions.WITHOUT_RETRIEVAL,
            decisions.WITHOUT_REFERENCES,
        },
    ),
    "the stricter rules a second early": (
        "STRICTER_FROM",
        "2026-02-28T23:59:59",
        {
            decisions.UNFITTING,
            decisions.WITHOUT_SELECTION,
            decisions.WITHOUT_RETRIEVAL,
            decisions.WITHOUT_REFERENCES,
        },
    ),
    "addresses compared as they stand": ("_served", str, {decisions.UNUSED}),
    "a superseded image is not for sending": (
        "NOT_FOR_SENDING",
        (*decisions.NOT_FOR_SENDING, "SUPERSEDED"),
        {decisions.OUTSIDE, decisions.UNAPPROVED},
    ),
    "an expired image is for sending": (
        "NOT_FOR_SENDING",
        ("NOT_APPROVED", "NOT_ELIGIBLE"),
        {decisions.OUTSIDE, decisions.UNAPPROVED},
    ),
    "only what is named alike was chosen": (
        "_is",
        lambda chosen, use, _letter, _known: chosen in (use["url"], use["asset_id"], use["public_id"]),
        {decisions.WITHOUT_SELECTION},
    ),
    "only what carries the hash was returned": (
        "_same",
        lambda returned, used: returned == {"asset_id": used.asset_id, "version": used.version, "etag": used.etag},
        {decisions.WITHOUT_RETRIEVAL, decisions.NOT_STORED},
    ),
}


@pytest.mark.parametrize("name", WRONG_DECISION_RULES)
def test_a_wrong_rule_of_decisions_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slightly wrong rule that the scenario passes would let that mistake into the product."""
    what, wrong, hit = WRONG_DECISION_RULES[name]
    plan, records = scenario(1, 500)
    monkeypatch.setattr(decisions, what, wrong)
    found = Oracle(records).judge().controls
    assert {control for control in CONTROLS if found[control] != plan.answer_key.controls[control]} == hit


WRONG_PARTNER_RULES: dict[str, tuple[Any, str, Any, set[str]]] = {
    "a word that is not any is not compared": (communities, "_meets", lambda *_: True, {communities.MISSING}),
    "the days allowed of today for everything": (artwork, "DAYS", (5, 5), {artwork.UNACKNOWLEDGED}),
    "the days allowed change a second late": (
        artwork,
        "SHORTER_FROM",
        "2026-04-27T00:00:01",
        {artwork.UNACKNOWLEDGED},
    ),
    "a refusal is an answer like any other": (artwork, "REFUSING", set(), {artwork.UNACKNOWLEDGED}),
    "an 824 accepts by a code that refuses": (artwork, "TAKING_ADVICES", {"TA", "TE", "TR"}, {artwork.OTHER_BYTES}),
    "a byte more is not too heavy": (artwork, "MOST_BYTES", 500_001, {artwork.CATALOGUE}),
    "flags and formats have a day more": (
        launches,
        "USUAL_DAYS",
        6,
        {launches.MISSING_ASSETS, launches.OVERDUE_FLAGS, launches.UNANSWERED_FORMATS},
    ),
    "what was superseded is not for partners": (
        downloads,
        "NOT_FOR_PARTNERS",
        (*downloads.NOT_FOR_PARTNERS, "SUPERSEDED"),
        {downloads.DOWNLOADS},
    ),
    "what was looked at was taken": (downloads, "TAKEN", ("downloaded", "opened"), {downloads.DOWNLOADS}),
    "whoever approves is somebody else": (audit_trail, "_is_same", lambda *_: False, {audit_trail.SELF_APPROVED}),
    "an expired video is for sending": (
        rich_media,
        "NOT_FOR_SENDING",
        ("NOT_APPROVED", "NOT_ELIGIBLE"),
        {rich_media.UNUSABLE_TARGETS},
    ),
    "an expired visual is for launching": (
        launch_visuals,
        "NOT_FOR_LAUNCHING",
        ("NOT_APPROVED", "NOT_ELIGIBLE"),
        {launch_visuals.UNAPPROVED_VISUALS},
    ),
    "the instant of a launch is before it": (
        launch_visuals,
        "_has_come",
        lambda launched, at: launched < at,
        {launch_visuals.OLD_VISUALS},
    ),
    "feedback has a day more": (feedback, "DAYS", 6, {feedback.UNANSWERED_FEEDBACK}),
    "more is as much or more": (
        feedback,
        "_more",
        lambda after, before: None not in (after, before) and after >= before,
        {feedback.WORSE},
    ),
    "a rendition is no difference": (
        feedback,
        "_same",
        lambda before, after: before["etag"] == after["etag"],
        {feedback.UNCHANGED},
    ),
    "the limit itself is too heavy": (artwork, "MOST_BYTES", 499_999, {artwork.CATALOGUE}),
}


@pytest.mark.parametrize("name", WRONG_PARTNER_RULES)
def test_a_wrong_rule_of_partners_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slightly wrong rule that the scenario passes would let that mistake into the product."""
    module, what, wrong, hit = WRONG_PARTNER_RULES[name]
    plan, records = scenario(1, 500)
    monkeypatch.setattr(module, what, wrong)
    found = Oracle(records).judge().controls
    assert {control for control in CONTROLS if found[control] != plan.answer_key.controls[control]} == hit


def _by_tags_alone(content: Any, tags: Any, at: str, assets: templates.Assets) -> Any:
    return _of_image({**content, "etag": "none"} if tags else content, tags, at, assets)


def _in_review_is_approved(design: templates.Design, state: str, at: str) -> None:
    _change_state(design, "APPROVED" if state == "REVIEW" else state, at)


_of_image, _change_state = templates._of_image, templates._change_state
WRONG_TEMPLATE_RULES: dict[str, tuple[Any, str, Any]] = {
    "the grace of uses": (templates, "GRACE_DAYS", (("0001-01-01T00:00:00+00:00", 7),)),
    "the grace of last month": (templates, "GRACE_DAYS", templates.GRACE_DAYS[:1]),
    "what tags say goes before bytes": (templates, "_of_image", _by_tags_alone),
    "what is in review is in use": (templates, "_change_state", _in_review_is_approved),
    "templates serve every region": (
        templates,
        "judge",
        lambda records, assets, judge=templates.judge: judge(
            [{**one, "tags": {**one["tags"], "region": "DE"}} if "tags" in one else one for one in records], assets
        ),
    ),
}


WRONG_DELIVERY_RULES: dict[str, tuple[str, Any]] = {
    "the stricter policy a second late": ("STRICTER_FROM", "2026-03-01T00:00:01"),
    "the stricter policy a second early": ("STRICTER_FROM", "2026-02-28T23:59:59"),
    "the first parameter counts": ("_values", lambda text, key, of=deliveries._values: of(text, key)[::-1]),
    "the ending goes before the parameter": ("_format_of_parameter", lambda _: None),
    "every place in print is measured": ("PRINTED_TENTHS_OF_INCHES", {"badge": 16, "map": 16}),
}


@pytest.mark.parametrize("name", WRONG_DELIVERY_RULES)
def test_a_wrong_rule_of_deliveries_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slightly wrong rule that the scenario passes would let that mistake into the product."""
    what, wrong = WRONG_DELIVERY_RULES[name]
    plan, records = scenario(1, 500)
    monkeypatch.setattr(deliveries, what, wrong)
    found = Oracle(records).judge().controls
    assert {control for control in CONTROLS if found[control] != plan.answer_key.controls[control]} == {
        deliveries.BREAKING
    }


_names = verdicts.possible_names
WRONG_ADDRESS_RULES: dict[str, tuple[Any, set[str]]] = {
    "the shortest name is meant": (lambda use: [min(_names_with_folders(use), key=len)], {"PROVEN", "AMBIGUOUS"}),
    "the longest name is meant": (lambda use: [max(_names_with_folders(use), key=len)], {"PROVEN", "AMBIGUOUS"}),
    "nothing settles it": (lambda _: [], {"PROVEN", "AMBIGUOUS"}),
}


def _names_with_folders(use: dict[str, Any]) -> list[str]:
    return [name for name in _names(use) if name.count("/") > 1 and "." not in name]


@pytest.mark.parametrize("name", WRONG_ADDRESS_RULES)
def test_a_wrong_rule_of_addresses_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slightly wrong rule that the scenario passes would let that mistake into the product."""
    wrong, hit = WRONG_ADDRESS_RULES[name]
    plan, records = scenario(1, 500)
    monkeypatch.setattr(verdicts, "possible_names", wrong)
    found, expected = Oracle(records).judge().verdicts, plan.answer_key.verdicts
    changed = {expected[use] for use in expected if expected[use] != found[use]}
    assert changed - {"PROVEN_LATE"} == hit


@pytest.mark.parametrize("name", WRONG_TEMPLATE_RULES)
def test_a_wrong_rule_of_templates_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slightly wrong rule that the scenario passes would let that mistake into the product."""
    where, what, wrong = WRONG_TEMPLATE_RULES[name]
    plan, records = scenario(1, 500)
    monkeypatch.setattr(where, what, wrong)
    found = Oracle(records).judge().controls
    assert {control for control in CONTROLS if found[control] != plan.answer_key.controls[control]} == {
        templates.BEHIND
    }


@pytest.mark.parametrize(
    ("kind", "controls"),
    [
        ("revoke", {"ctl_unapproved_asset_uses", OUTDATED, UNANSWERED}),
        ("withdraw", {OUTDATED}),
        ("delete_publication", {OUTDATED}),
        ("post_message", {UNANSWERED}),
        ("close_case", {UNANSWERED}),
        ("rename", set()),
        ("restore", {"ctl_unapproved_asset_uses"}),
        ("delete", set()),
    ],
)
def test_every_kind_of_event_matters(kind: str, controls: set[str]) -> None:
    """A kind of event that changes no answer could be lost by an adapter without any test noticing."""
    plan, records = scenario(1, 500)
    findings = Oracle([record for record in records if record["kind"] != kind]).judge()
    key = plan.answer_key
    assert findings.verdicts != key.verdicts or findings.controls != key.controls
    for control in controls:
        assert findings.controls[control] != key.controls[control], control


def test_a_move_is_no_rename() -> None:
    """A folder that is taken for a part of the public id would lose every asset that is moved."""
    plan, records = scenario(1, 500)
    renamed = [{**one, **_as_rename(one)} if one["kind"] == "move" else one for one in records]
    found, expected = Oracle(renamed).judge().verdicts, plan.answer_key.verdicts
    changed = {(expected[use], found[use]) for use in expected if expected[use] != found[use]}
    assert {("NO_EVIDENCE", "PROVEN"), ("PROVEN", "NO_EVIDENCE")} & changed


def _as_rename(record: dict[str, Any]) -> dict[str, Any]:
    name = record["public_id"].rsplit("/", 1)[-1]
    return {"kind": "rename", "from_public_id": record["public_id"], "to_public_id": f"{record['folder']}/{name}"}


def test_key_survives_its_written_form() -> None:
    """A key that its JSON does not carry whole would be compared with less than was planted."""
    import json

    key = scenario(1, 500)[0].answer_key
    assert AnswerKey(**json.loads(key.to_json())) == key
