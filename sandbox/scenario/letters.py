"""Communications: background letters, and planted uses each put into a letter that looks like any other.

A planted use decides its letter's customer and instant; the other uses of that letter are background uses,
and so are all uses of background letters. Verdicts of background uses follow from the run in which the
letter was composed: they are in order by construction, in time or late. Letters around a planted decision
are drafted in `decision_desk.py` and finished here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from sandbox.scenario import vocabulary
from sandbox.scenario.background import Shelf
from sandbox.scenario.background_decisions import DecisionClerk
from sandbox.scenario.desk import Customer, PlantedUse, draw_customer
from sandbox.scenario.events import (
    Communication,
    Compose,
    DeliveryLink,
    ForeignLink,
    Reference,
    Rendering,
    Use,
)
from sandbox.scenario.fitting_addresses import with_fitting_addresses
from sandbox.scenario.letter_drafts import Draft, Slot, TemplateImage
from sandbox.scenario.policies import CAMPAIGN_PLACEHOLDER, needs_retrieval
from sandbox.scenario.stages import (
    COVERAGE_STARTS,
    DAY,
    STAGES,
    mid_month_instant,
    statement_instant,
    true_instant,
)

BATCH_LINES = 1_000
#: Before this instant the shelf may be empty, so that letters hold their planted use alone.
SHELF_FILLED = COVERAGE_STARTS + 3 * DAY
STATEMENT_SHARE = 0.85
_DIGITAL = ("email", "web", "mobile")
_CAMPAIGN_PLACE = vocabulary.PLACEHOLDERS.index(CAMPAIGN_PLACEHOLDER)
#: How many images fit in print beside the campaign's and before the badge, whose printed width a policy knows.
_PRINTED = vocabulary.PLACEHOLDERS.index("badge") - 1


@dataclass(slots=True)
class Letter:
    """One communication with the verdict of each of its uses, and when its job runs.

    `exposures` holds what causes said of links: the verdict so far over their exposure. `template_images` are images
    that its templates show by themselves.
    """

    communication: Communication
    recorded_at: int
    verdicts: dict[str, str]
    planted: dict[str, PlantedUse] = field(default_factory=dict)
    exposures: dict[str, str] = field(default_factory=dict)
    template_images: dict[str, TemplateImage] = field(default_factory=dict)


class LetterDesk:
    """Writes letters; one random stream and one shelf."""

    def __init__(self, seed: int, shelf: Shelf, count: int) -> None:
        """`count` letters at most will be written."""
        self._chance = Random(f"{seed}/letters")
        self._shelf = shelf
        self._clerk = DecisionClerk(seed, shelf)
        self._numbers = self._chance.sample(range(100_000, 100_000 + 8 * count), count)

    def background(self, index: int) -> Letter:
        """A letter whose uses are all in order, in one of the four stages."""
        chance = self._chance
        stage = STAGES[index % len(STAGES)]
        in_time = chance.random() < STATEMENT_SHARE
        at = (statement_instant if in_time else mid_month_instant)(chance, stage)
        customer = draw_customer(chance)
        communication = self.addressed(at, customer)
        drafts = self._drafts(communication, customer, "PROVEN" if in_time else "PROVEN_LATE", None)
        return finished(communication, drafts, at)

    def around(self, planted: PlantedUse) -> Letter:
        """A letter that holds a planted use.

        Its document type needs no retrieval, and the planted use stands in no place that needs a selection: what
        is wrong with an image is one thing, how it came into the letter another.
        """
        communication = self._free_of_retrieval(planted)
        drafts = self._drafts(communication, planted.customer, _good(planted), planted)
        return finished(communication, drafts, planted.recorded_at or true_instant(planted.at))

    def around_several(self, planted: Sequence[PlantedUse]) -> Letter:
        """A letter that holds several planted uses of one moment and one customer.

        Links stand on the web, embedded bytes in print and, where there are many, in an e-mail.
        """
        first = planted[0]
        communication = self._free_of_retrieval(first)
        links = [one for one in planted if isinstance(one.reference, DeliveryLink | ForeignLink)]
        embedded = [one for one in planted if one not in links]
        drafts = []
        for channel, uses in (("web", links), ("print", embedded[:_PRINTED]), ("email", embedded[_PRINTED:])):
            slots = [Slot(one.reference, one.verdict, one, exposure=one.exposure) for one in uses]
            campaign = self._shelf.pick(first.at, first.customer, live=channel == "web")
            slots.insert(_CAMPAIGN_PLACE, Slot(campaign, _good(first)))
            drafts.append(Draft(channel, slots))
        for draft in drafts:
            self._clerk.decide(communication, first.customer, draft)
        return finished(communication, drafts, true_instant(first.at))

    def _free_of_retrieval(self, planted: PlantedUse) -> Communication:
        free = [one for one in vocabulary.DOCUMENT_TYPES if not needs_retrieval(one, planted.at)]
        return self.addressed(planted.at, planted.customer, free)

    def addressed(
        self, at: int, customer: Customer, documents: Sequence[str] = vocabulary.DOCUMENT_TYPES
    ) -> Communication:
        """A communication of one of these document types to a customer, without renderings yet."""
        chance = self._chance
        template = chance.choice([one for one in vocabulary.TEMPLATES if one.document_type in documents])
        return Communication(
            communication_id=f"COM-{self._numbers.pop()}",
            recipient_id=f"C-{chance.randint(1, 9_999_999):07d}",
            account_number=f"{chance.randint(10**9, 10**10 - 1)}",
            document_type=template.document_type,
            template_id=template.template_id,
            template_version=template.version,
            segment=customer.segment,
            jurisdiction=customer.jurisdiction,
            language=vocabulary.JURISDICTIONS[customer.jurisdiction][0],
            offers=customer.offers,
            tenure_years=chance.randint(0, 40),
            generated_at=at,
            renderings=(),
        )

    def _drafts(
        self, communication: Communication, customer: Customer, good: str, planted: PlantedUse | None
    ) -> list[Draft]:
        """Channels with their slots; the planted one stands at a random place of a fitting channel."""
        chance = self._chance
        at = communication.generated_at
        by_id = needs_retrieval(communication.document_type, at)
        count = chance.choices((1, 2, 3), (40, 40, 20))[0]
        channels = chance.sample(vocabulary.CHANNELS, count)
        if planted:
            fitting = (planted.channel,) if planted.channel else _fitting_channels(planted.reference)
            if channels[0] not in fitting:
                channels = [chance.choice(fitting), *channels[1:]]
            channels = list(dict.fromkeys(channels))
        drafts = [Draft(channel, self._slots(at, customer, good, channel, by_id)) for channel in channels]
        if planted:
            slots = drafts[0].slots
            place = chance.choice([place for place in range(max(1, len(slots))) if place != _CAMPAIGN_PLACE])
            slots[place : place + 1] = [Slot(planted.reference, planted.verdict, planted, exposure=planted.exposure)]
            chance.shuffle(drafts)
        elif by_id and not any(slot.is_embedded for draft in drafts for slot in draft.slots):
            drafts[0].slots[0] = Slot(self._shelf.pick(at, customer, live=False, by_id=True), good)
        drafts = [draft for draft in drafts if draft.slots]
        for draft in drafts:
            self._clerk.decide(communication, customer, draft)
        return drafts

    def _slots(self, at: int, customer: Customer, good: str, channel: str, by_id: bool) -> list[Slot]:
        chance = self._chance
        if at < SHELF_FILLED:
            return []
        slots = []
        for _ in range(chance.choices((1, 2, 3), (45, 45, 10))[0]):
            live = channel in _DIGITAL and chance.random() < 0.8
            slots.append(Slot(self._shelf.pick(at, customer, live=live, by_id=by_id), good))
        return slots


def _good(planted: PlantedUse) -> str:
    """The verdict of everything that is in order in a planted use's letter."""
    return "PROVEN" if planted.is_in_time else "PROVEN_LATE"


def _fitting_channels(reference: Reference) -> Sequence[str]:
    """Links go to digital channels; embedded bytes mostly to print."""
    if isinstance(reference, DeliveryLink | ForeignLink):
        return _DIGITAL
    return ("print", "print", "print", "email")


def finished(communication: Communication, drafts: Sequence[Draft], recorded_at: int) -> Letter:
    """The letter of a communication with its drafted renderings; notes verdicts and planted uses by use id."""
    letter = Letter(communication, recorded_at, {})
    made = []
    for number, draft in enumerate(drafts, start=1):
        rendering_id = f"R{number}"
        uses = []
        for ordinal, slot in enumerate(draft.slots, start=1):
            use_id = f"{communication.communication_id}/{rendering_id}/{ordinal}"
            letter.verdicts[use_id] = slot.verdict
            if slot.planted:
                letter.planted[use_id] = slot.planted
            if slot.exposure and not slot.is_embedded:
                letter.exposures[use_id] = slot.exposure
            place = slot.placeholder or vocabulary.PLACEHOLDERS[ordinal - 1]
            uses.append(Use(ordinal, place, slot.reference, slot.target))
        rendering = Rendering(
            rendering_id=rendering_id,
            channel=draft.channel,
            queue_name=vocabulary.QUEUES[draft.channel],
            uses=tuple(uses),
            selection=draft.selection,
            retrieval=draft.retrieval,
            rendition_request=draft.rendition_request,
        )
        made.append(rendering if draft.keeps_addresses else with_fitting_addresses(rendering))
    letter.communication = replace(communication, renderings=tuple(made))
    return letter


def jobs(letters: Iterable[Letter]) -> list[Compose]:
    """Batch jobs in time order: the letters of one day, at most a thousand each.

    A job starts when its last letter was recorded, so that no letter is ahead of the engine's clock.
    """
    made: list[Compose] = []
    batch: list[Letter] = []
    for letter in sorted(letters, key=lambda one: (one.recorded_at, one.communication.communication_id)):
        if batch and (len(batch) == BATCH_LINES or letter.recorded_at // DAY != batch[0].recorded_at // DAY):
            made.append(_job(batch))
            batch = []
        batch.append(letter)
    return [*made, _job(batch)] if batch else made


def _job(batch: Sequence[Letter]) -> Compose:
    """The job of some letters; those come first whose templates show images, as engines keep the first outputs."""
    ordered = sorted(batch, key=lambda one: not one.template_images)
    return Compose(batch[-1].recorded_at, tuple(letter.communication for letter in ordered))
