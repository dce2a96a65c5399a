"""The plan: everything that happens in the scenario, in time order, with the answer key.

Pure: a seed and a size give one plan, without a vendor, a clock or an image. Playing it is in `play.py`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from sandbox.scenario.address_use_causes import CAUSES as ADDRESS_CAUSES
from sandbox.scenario.answer_key import AnswerKey, make_answer_key
from sandbox.scenario.background import CommunityLife, Shelf, add_background_assets
from sandbox.scenario.community_causes import COMMUNITY_CAUSES
from sandbox.scenario.community_desk import Community, CommunityDesk, Numbers, PlantedCommunityCase
from sandbox.scenario.correction_kinds import TAKING_DOWN
from sandbox.scenario.decision_desk import DecisionDesk, DecisionPlanter, PlantedDecision
from sandbox.scenario.delivery_causes import DELIVERY_CAUSES
from sandbox.scenario.design_events import DesignEvent, DesignName
from sandbox.scenario.desk import PlantedUse, UseDesk
from sandbox.scenario.events import (
    CommunityEvent,
    CreateMetadataFields,
    CreateTriggers,
    Event,
    MediaEvent,
    OpenCase,
    Publish,
)
from sandbox.scenario.exposures import told_exposures
from sandbox.scenario.grid_causes import ANSWER_CAUSES, GRID_CAUSES
from sandbox.scenario.grid_desk import GridDesk
from sandbox.scenario.launch_desk import LaunchDesk
from sandbox.scenario.launch_life import launch_life
from sandbox.scenario.launch_visual_causes import LAUNCH_LETTER_CAUSES
from sandbox.scenario.letters import Letter, LetterDesk, jobs
from sandbox.scenario.library import Library
from sandbox.scenario.publication_verdicts import told_publications
from sandbox.scenario.rendition_causes import RENDITION_CAUSES
from sandbox.scenario.retrieval_causes import RETRIEVAL_CAUSES
from sandbox.scenario.rich_media_causes import RICH_MEDIA_CAUSES
from sandbox.scenario.said import Said
from sandbox.scenario.selection_causes import SELECTION_CAUSES
from sandbox.scenario.shared_letters import SharedLetter
from sandbox.scenario.stages import COVERAGE_STARTS, END, START, iso, stage_of
from sandbox.scenario.template_causes import plant_templates
from sandbox.scenario.template_image_causes import plant_template_images
from sandbox.scenario.use_cause import Cause
from sandbox.scenario.use_causes import CAUSES, CLOCK_CAUSES, EXPOSURE_CAUSES, SHARED_LETTERS
from sandbox.scenario.world import make_world, receipts

DECISION_CAUSES = (*RENDITION_CAUSES, *SELECTION_CAUSES, *RETRIEVAL_CAUSES, *DELIVERY_CAUSES)
SMALLEST = 499
_BACKGROUND_ASSETS = 60
#: How often each cause of an exposure is planted: once for each digital channel.
_EXPOSURE_REPETITIONS = 3
#: How often each cause of a clock that was off is planted: once for each of its ways.
_CLOCK_REPETITIONS = 3
#: How often each cause that rests on how an address is read is planted.
_ADDRESS_REPETITIONS = 2
#: About how many assets of their own the planted decisions of one repetition make.
_DECISION_ASSETS = 33
#: About how many assets of their own the letters after launches and with videos make.
_LETTER_ASSETS = 37
#: How many assets of their own the addresses that were written by hand make.
_ADDRESS_ASSETS = 14
#: How many assets of their own the images of templates make.
_TEMPLATE_IMAGE_ASSETS = 60
#: How many letters hold several planted uses each, and how many assets of their own these make.
_SHARED_LETTERS = sum(one.repetitions for one in SHARED_LETTERS)
_SHARED_ASSETS = sum(one.repetitions * len(one.causes) for one in SHARED_LETTERS)


@dataclass(frozen=True, slots=True)
class Plan:
    """Events in the order in which they are played, and what a right pipeline makes of them."""

    seed: int
    communications: int
    events: tuple[Event, ...]
    answer_key: AnswerKey
    planted_uses: tuple[PlantedUse, ...]
    planted_community_cases: tuple[PlantedCommunityCase, ...]
    planted_decisions: tuple[PlantedDecision, ...]
    reviewed_images: tuple[DesignName, ...]

    def stage(self, number: int) -> Iterator[tuple[int, Event]]:
        """The events of one stage (1 to 4) with their position in the plan."""
        for position, event in enumerate(self.events):
            if stage_of(event.at) == number:
                yield position, event


def make_plan(seed: int, communications: int) -> Plan:
    """Plan the scenario of a seed with so many communications.

    Raises ValueError below 499 communications: the planted cases would not fit.
    """
    if communications < SMALLEST:
        raise ValueError(f"a scenario needs at least {SMALLEST} communications, not {communications}")
    library = Library(seed, capacity=6_000 + communications // 2)
    numbers = Numbers(Random(f"{seed}/numbers"), 30_000 + communications)
    communities, world = make_world(seed)
    planted = _plant_uses(library, CAUSES, _repetitions(communications))
    planted += _plant_uses(library, EXPOSURE_CAUSES, _EXPOSURE_REPETITIONS)
    planted += _plant_uses(library, CLOCK_CAUSES, _CLOCK_REPETITIONS)
    said = Said()
    cases, beside, community_events = _plant_community_cases(library, communities, numbers, communications, said)
    grid_cases, grid_events = _plant_grid_cases(library, communities, numbers, communications, said)
    community_events += grid_events
    wanted = communications * 1_500 // 20_000 - len(library.assets)
    wanted -= _DECISION_ASSETS * _decision_repetitions(communications)
    wanted -= _LETTER_ASSETS + _ADDRESS_ASSETS + _TEMPLATE_IMAGE_ASSETS + _SHARED_ASSETS
    assets = add_background_assets(library, max(_BACKGROUND_ASSETS, wanted))
    usual = _community_life(CommunityLife(library, communities, numbers, assets), community_events, communications)
    community_events += usual
    shown = [event for event in community_events if isinstance(event, Publish)]
    in_order = {event.publication_id for event in usual if isinstance(event, Publish)}
    community_events += receipts(seed, communities, shown, in_order, numbers)
    community_events += launch_life(seed, communities, usual, assets, said)
    shelf = Shelf(assets, Random(f"{seed}/shelf"))
    desk = LetterDesk(seed, shelf, communications)
    letters = [desk.around(one) for one in planted]
    decision_letters, decisions = _plant_letters(
        library, shelf, desk, DECISION_CAUSES, _decision_repetitions(communications)
    )
    letters += decision_letters
    behind = len(LAUNCH_LETTER_CAUSES) + len(RICH_MEDIA_CAUSES) + _ADDRESS_REPETITIONS * len(ADDRESS_CAUSES)
    usual_letters = communications - len(letters) - behind - _SHARED_LETTERS
    letters += [desk.background(index) for index in range(usual_letters)]
    launch_letters, launch_cases, launch_events = _plant_launch_letters(
        library, shelf, desk, communities, numbers, said
    )
    letters += launch_letters
    decisions += launch_cases
    media_letters, media_cases = _plant_letters(library, shelf, desk, RICH_MEDIA_CAUSES, 1)
    letters += media_letters
    decisions += media_cases
    design_events, template_cases, reviewed_images = plant_templates(library, communications)
    decisions += template_cases
    addressed = _plant_uses(library, ADDRESS_CAUSES, _ADDRESS_REPETITIONS)
    letters += [desk.around(one) for one in addressed]
    planted += addressed
    for together in _plant_together(library, SHARED_LETTERS):
        letters.append(desk.around_several(together))
        planted += together
    plant_template_images(library, letters)
    corrected = {case.subject_id for case in (*cases, *grid_cases) if case.correction in TAKING_DOWN}
    media: list[MediaEvent] = [event for asset in library.assets for event in asset.events]
    events: list[Event] = [
        CreateMetadataFields(START),
        CreateTriggers(COVERAGE_STARTS),
        *media,
        *world,
        *design_events,
        *community_events,
        *launch_events,
        *jobs(letters),
    ]
    return Plan(
        seed=seed,
        communications=communications,
        events=_in_order(events),
        answer_key=make_answer_key(
            seed,
            communications,
            letters,
            cases,
            [*decisions, *beside, *grid_cases],
            told_exposures(letters, assets),
            told_publications([*community_events, *launch_events], said.publications, corrected),
            said,
        ),
        planted_uses=tuple(planted),
        planted_community_cases=(*cases, *beside, *grid_cases),
        planted_decisions=tuple(decisions),
        reviewed_images=tuple(reviewed_images),
    )


def _repetitions(communications: int) -> int:
    """How often each cause is planted: more in larger scenarios."""
    return 3 + min(3, communications // 4_000)


def _decision_repetitions(communications: int) -> int:
    """How often each cause of a decision is planted; one round of them has enough of each already."""
    return 1 + min(3, communications // 600)


def _plant_uses(library: Library, causes: Sequence[Cause], repetitions: int) -> list[PlantedUse]:
    return [
        cause.planter(UseDesk(library, cause.name, cause.near_miss_of, index))
        for index in range(repetitions)
        for cause in causes
    ]


def _plant_together(library: Library, shared: Sequence[SharedLetter]) -> Iterator[list[PlantedUse]]:
    """The planted uses of each letter that holds several."""
    for one in shared:
        for index in range(one.repetitions):
            yield one.plant(library, index)


def _plant_letters(
    library: Library, shelf: Shelf, letters: LetterDesk, planters: Sequence[DecisionPlanter], repetitions: int
) -> tuple[list[Letter], list[PlantedDecision]]:
    """A letter per cause and repetition."""
    written: list[Letter] = []
    found: list[PlantedDecision] = []
    for index in range(repetitions):
        for planter in planters:
            desk = DecisionDesk(library, shelf, letters, planter.__name__, index)
            planter(desk)
            written.append(desk.letter())
            found += desk.cases
    return written, found


def _plant_launch_letters(
    library: Library,
    shelf: Shelf,
    letters: LetterDesk,
    communities: list[Community],
    numbers: Numbers,
    said: Said,
) -> tuple[list[Letter], list[PlantedDecision], list[CommunityEvent | DesignEvent]]:
    """A letter per cause: one round of them has enough of each already; `said` takes what is said beside the cases."""
    written: list[Letter] = []
    found: list[PlantedDecision] = []
    events: list[CommunityEvent | DesignEvent] = []
    for planter in LAUNCH_LETTER_CAUSES:
        desk = LaunchDesk(library, shelf, letters, communities, numbers, planter.__name__, 0)
        planter(desk)
        written.append(desk.letter())
        found += desk.cases
        events += desk.events
        said.take(desk.grid)
    return written, found, events


def _plant_community_cases(
    library: Library,
    communities: list[Community],
    numbers: Numbers,
    communications: int,
    said: Said,
) -> tuple[list[PlantedCommunityCase], list[PlantedCommunityCase], list[CommunityEvent]]:
    """What corrections cure or not, what was planted beside it, and the events; `said` takes what is said beside it."""
    found: list[PlantedCommunityCase] = []
    beside: list[PlantedCommunityCase] = []
    events: list[CommunityEvent] = []
    for index in range(2 + min(4, communications // 4_000)):
        for planter in COMMUNITY_CAUSES:
            desk = CommunityDesk(library, communities, numbers, planter.__name__, index)
            found.append(planter(desk))
            beside += desk.cases
            events += desk.events
            said.publications |= desk.said
    return found, beside, events


def _plant_grid_cases(
    library: Library,
    communities: list[Community],
    numbers: Numbers,
    communications: int,
    said: Said,
) -> tuple[list[PlantedCommunityCase], list[CommunityEvent]]:
    """One round of them has enough of each already; `said` takes what is said beside the cases."""
    found: list[PlantedCommunityCase] = []
    events: list[CommunityEvent] = []
    for index in range(1 + min(1, communications // 4_000)):
        for planter in GRID_CAUSES if index else (*GRID_CAUSES, *ANSWER_CAUSES):
            desk = GridDesk(library, communities, numbers, planter.__name__, index)
            planter(desk)
            found += desk.cases
            events += desk.events
            said.take(desk)
    return found, events


def _community_life(life: CommunityLife, planted: list[CommunityEvent], communications: int) -> list[CommunityEvent]:
    """Background publications and cases up to the size of the scenario: 600 and 200 at 20,000."""
    publications = sum(1 for event in planted if isinstance(event, Publish))
    cases = sum(1 for event in planted if isinstance(event, OpenCase))
    return [
        *life.publications(max(20, communications * 600 // 20_000 - publications)),
        *life.cases(max(10, communications * 200 // 20_000 - cases)),
    ]


def _in_order(events: list[Event]) -> tuple[Event, ...]:
    """By instant; events of one instant stay in the order in which they were planned."""
    ordered = tuple(sorted(events, key=lambda event: event.at))
    if ordered[0].at < START or ordered[-1].at >= END:
        raise ValueError(f"planned from {iso(ordered[0].at)} to {iso(ordered[-1].at)}, outside the scenario")
    return ordered
