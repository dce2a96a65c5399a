"""The answer key: what a right pipeline finds, written down when each case was planted.

Nothing here evaluates a rule; it only sorts what the planters said.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from sandbox.scenario import launch_readiness, searches
from sandbox.scenario.case_causes import UNANSWERED
from sandbox.scenario.community_desk import PlantedCommunityCase
from sandbox.scenario.correction_kinds import KINDS
from sandbox.scenario.decision_desk import PlantedDecision
from sandbox.scenario.delivery_causes import BREAKING
from sandbox.scenario.exposures import ToldExposure
from sandbox.scenario.grid_causes import GRID_CONTROLS
from sandbox.scenario.letters import Letter
from sandbox.scenario.publication_causes import OUTDATED
from sandbox.scenario.publication_verdicts import ToldPublication
from sandbox.scenario.rendition_causes import UNANSWERED_REQUESTS, UNFITTING, UNUSED
from sandbox.scenario.retrieval_causes import NOT_STORED, UNAPPROVED, WITHOUT_REFERENCES, WITHOUT_RETRIEVAL
from sandbox.scenario.rich_media_causes import OTHER_VERSIONS, UNUSABLE_TARGETS
from sandbox.scenario.said import Said
from sandbox.scenario.selection_causes import OUTSIDE, WITHOUT_SELECTION
from sandbox.scenario.template_desk import BEHIND
from sandbox.scenario.use_cause import of_output_link

#: The control that lists the uses of a verdict, and the images of that verdict that only an output tells.
USE_CONTROLS = {
    "NOT_APPROVED": "ctl_unapproved_asset_uses",
    "EXPIRED": "ctl_expired_asset_uses",
    "NOT_ELIGIBLE": "ctl_ineligible_asset_uses",
    "SUPERSEDED": "ctl_superseded_asset_uses",
}
#: The controls over what was decided, whose findings mostly stay, since what was sent stays sent.
DECISION_CONTROLS = (
    UNFITTING,
    UNANSWERED_REQUESTS,
    UNUSED,
    OUTSIDE,
    WITHOUT_SELECTION,
    UNAPPROVED,
    WITHOUT_RETRIEVAL,
    NOT_STORED,
    WITHOUT_REFERENCES,
    BEHIND,
    BREAKING,
    UNUSABLE_TARGETS,
    OTHER_VERSIONS,
)
CURED_CONTROLS = (OUTDATED, UNANSWERED)


@dataclass(frozen=True, slots=True)
class AnswerKey:
    """Verdict by use id, subjects by control, near misses by verdict or control, corrections by kind.

    `exposures` holds the verdict over the whole exposure by use id of a link, `exposures_so_far` that as far as the
    scenario reaches. `output_links` holds the verdict of each image that only an output tells. `publications` holds the
    verdict of each publication when it was shown, `publications_now` that at the end of the claims of those that are
    shown, `publications_after_corrections` the same once all proposed corrections have taken effect (those that
    corrections publish are not in it). `publication_reasons` says of publications that name no known asset, or what may
    be several, which of both it was when they were shown, `publication_reasons_now` which it is at the end.
    `after_corrections` holds the subjects of each control then. `searches` says what each search found, `search_topics`
    what came of all searches for the same thing. `required_assets` says what each required asset is at its launch,
    `launches` which are a go, `silence` how many partners of each are silent.
    """

    seed: int
    communications: int
    verdicts: Mapping[str, str]
    exposures: Mapping[str, str]
    exposures_so_far: Mapping[str, str]
    output_links: Mapping[str, str]
    publications: Mapping[str, str]
    publications_now: Mapping[str, str]
    publications_after_corrections: Mapping[str, str]
    publication_reasons: Mapping[str, str]
    publication_reasons_now: Mapping[str, str]
    searches: Mapping[str, str]
    search_topics: Mapping[str, str]
    required_assets: Mapping[str, str]
    launches: Mapping[str, str]
    silence: Mapping[str, str]
    controls: Mapping[str, list[str]]
    near_misses: Mapping[str, list[str]]
    corrections: Mapping[str, list[str]]
    after_corrections: Mapping[str, list[str]]

    def to_json(self) -> str:
        """The key as one JSON object with sorted keys."""
        return json.dumps(asdict(self), sort_keys=True, indent=1)


def make_answer_key(
    seed: int,
    communications: int,
    letters: Iterable[Letter],
    community_cases: Iterable[PlantedCommunityCase],
    decisions: Iterable[PlantedDecision | PlantedCommunityCase],
    exposures: Iterable[ToldExposure],
    publications: Iterable[ToldPublication],
    said: Said,
) -> AnswerKey:
    """Sort what the planters said into one key; every list is in ascending order."""
    verdicts: dict[str, str] = {}
    output_links: dict[str, str] = {}
    near_misses: dict[str, list[str]] = {}
    for letter in letters:
        for image_id, image in letter.template_images.items():
            output_links[image_id] = image.verdict
            for missed in image.near_miss_of:
                for name in filter(None, (of_output_link(missed), USE_CONTROLS.get(missed))):
                    near_misses.setdefault(name, []).append(image_id)
        verdicts.update(letter.verdicts)
        for use_id, planted in letter.planted.items():
            for missed in planted.near_miss_of:
                for name in filter(None, (missed, USE_CONTROLS.get(missed))):
                    near_misses.setdefault(name, []).append(use_id)
    controls: dict[str, list[str]] = {
        control: [subject for told in (verdicts, output_links) for subject, found in told.items() if found == verdict]
        for verdict, control in USE_CONTROLS.items()
    }
    controls |= {control: [] for control in (*CURED_CONTROLS, *DECISION_CONTROLS, *GRID_CONTROLS)}
    remaining = {control: list(subjects) for control, subjects in controls.items()}
    corrections: dict[str, set[str]] = {kind: set() for kind in KINDS}
    for case in (*community_cases, *decisions):
        if not case.is_violation:
            near_misses.setdefault(case.control, []).append(case.subject_id)
            continue
        controls[case.control].append(case.subject_id)
        if not case.is_cured:
            remaining[case.control].append(case.subject_id)
        if case.correction is not None:
            corrections[case.correction].add(case.corrected_id or case.subject_id)
    told = sorted(exposures, key=lambda one: one.use_id)
    shown = sorted(publications, key=lambda one: one.publication_id)
    _add_near_misses(near_misses, shown)
    near_misses |= searches.near_misses_of(said.searches) | launch_readiness.near_misses_of(said.launches)
    return AnswerKey(
        seed=seed,
        communications=communications,
        verdicts=dict(sorted(verdicts.items())),
        exposures={one.use_id: one.verdict for one in told},
        exposures_so_far={one.use_id: one.so_far for one in told},
        output_links=dict(sorted(output_links.items())),
        publications={one.publication_id: one.at_publication for one in shown},
        publications_now={one.publication_id: one.now for one in shown if one.now},
        publications_after_corrections={
            one.publication_id: one.after_corrections for one in shown if one.after_corrections
        },
        publication_reasons={one.publication_id: one.reason for one in shown if one.reason},
        publication_reasons_now={one.publication_id: one.reason_now for one in shown if one.reason_now},
        searches=_in_order((one.search_id, one.code) for one in said.searches),
        search_topics=_in_order((one.topic, one.topic_code) for one in said.searches),
        required_assets=_in_order(pair for one in said.launches for pair in one.required.items()),
        launches=_in_order((one.launch_id, one.code) for one in said.launches),
        silence=_in_order((one.launch_id, one.silence) for one in said.launches),
        controls=_sorted(controls),
        near_misses=_sorted(near_misses),
        corrections=_sorted(corrections),
        after_corrections=_sorted(remaining),
    )


def _add_near_misses(near_misses: dict[str, list[str]], publications: Iterable[ToldPublication]) -> None:
    for publication in publications:
        for name in publication.near_miss_of:
            near_misses.setdefault(name, []).append(publication.publication_id)


def _in_order(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    return dict(sorted(pairs))


def _sorted(lists: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    return {name: sorted(subjects) for name, subjects in sorted(lists.items())}
