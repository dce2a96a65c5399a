"""Communications: background letters, and planted uses each put into a letter that looks like any other.

A planted use decides its letter's customer and instant; the other uses of that letter are background uses,
and so are all uses of background letters. Verdicts of background uses follow from the run in which the
letter was composed: they are in order by construction, in time or late.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from sandbox.scenario import vocabulary
from sandbox.scenario.background import Shelf
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
from sandbox.scenario.stages import (
    COVERAGE_STARTS,
    DAY,
    STAGES,
    mid_month_instant,
    statement_instant,
)

BATCH_LINES = 1_000
#: Before this instant the shelf may be empty, so that letters hold their planted use alone.
SHELF_FILLED = COVERAGE_STARTS + 3 * DAY
STATEMENT_SHARE = 0.85
_DIGITAL = ("email", "web", "mobile")


@dataclass(slots=True)
class Letter:
    """One communication with the verdict of each of its uses, and when its job runs."""

    communication: Communication
    recorded_at: int
    verdicts: dict[str, str]
    planted: dict[str, PlantedUse] = field(default_factory=dict)


@dataclass(slots=True)
class _Slot:
    reference: Reference
    verdict: str
    planted: PlantedUse | None = None


class LetterDesk:
    """Writes letters; one random stream and one shelf."""

    def __init__(self, seed: int, shelf: Shelf, count: int) -> None:
        """`count` letters at most will be written."""
        self._chance = Random(f"{seed}/letters")
        self._shelf = shelf
        self._numbers = self._chance.sample(range(100_000, 100_000 + 8 * count), count)

    def background(self, index: int) -> Letter:
        """A letter whose uses are all in order, in one of the four stages."""
        chance = self._chance
        stage = STAGES[index % len(STAGES)]
        in_time = chance.random() < STATEMENT_SHARE
        at = (statement_instant if in_time else mid_month_instant)(chance, stage)
        customer = draw_customer(chance)
        return self._letter(at, at, customer, "PROVEN" if in_time else "PROVEN_LATE", None)

    def around(self, planted: PlantedUse) -> Letter:
        """A letter that holds a planted use."""
        good = "PROVEN" if planted.is_in_time else "PROVEN_LATE"
        return self._letter(planted.at, planted.recorded_at or planted.at, planted.customer, good, planted)

    def _letter(self, at: int, recorded_at: int, customer: Customer, good: str, planted: PlantedUse | None) -> Letter:
        letter = Letter(self._addressed(at, customer), recorded_at, {})
        renderings = self._renderings(at, customer, good, planted)
        letter.communication = _with_renderings(letter, renderings)
        return letter

    def _addressed(self, at: int, customer: Customer) -> Communication:
        """A communication to a customer, without renderings yet."""
        chance = self._chance
        template = chance.choice(vocabulary.TEMPLATES)
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

    def _renderings(
        self, at: int, customer: Customer, good: str, planted: PlantedUse | None
    ) -> list[tuple[str, list[_Slot]]]:
        """Channels with their slots; the planted one stands at a random place of a fitting channel."""
        chance = self._chance
        count = chance.choices((1, 2, 3), (40, 40, 20))[0]
        channels = chance.sample(vocabulary.CHANNELS, count)
        if planted:
            fitting = _fitting_channels(planted.reference)
            if channels[0] not in fitting:
                channels = [chance.choice(fitting), *channels[1:]]
            channels = list(dict.fromkeys(channels))
        renderings = [(channel, self._slots(at, customer, good, channel)) for channel in channels]
        if planted:
            slots = renderings[0][1]
            place = chance.randrange(len(slots)) if slots else 0
            slots[place : place + 1] = [_Slot(planted.reference, planted.verdict, planted)]
            chance.shuffle(renderings)
        return [(channel, slots) for channel, slots in renderings if slots]

    def _slots(self, at: int, customer: Customer, good: str, channel: str) -> list[_Slot]:
        chance = self._chance
        if at < SHELF_FILLED:
            return []
        slots = []
        for _ in range(chance.choices((1, 2, 3), (45, 45, 10))[0]):
            live = channel in _DIGITAL and chance.random() < 0.8
            slots.append(_Slot(self._shelf.pick(at, customer, live=live), good))
        return slots


def _fitting_channels(reference: Reference) -> Sequence[str]:
    """Links go to digital channels; embedded bytes mostly to print."""
    if isinstance(reference, DeliveryLink | ForeignLink):
        return _DIGITAL
    return ("print", "print", "print", "email")


def _with_renderings(letter: Letter, renderings: list[tuple[str, list[_Slot]]]) -> Communication:
    """The communication with its renderings; notes verdicts and planted uses in the letter by use id."""
    made = []
    chance = Random(letter.communication.communication_id)
    for number, (channel, slots) in enumerate(renderings, start=1):
        rendering_id = f"R{number}"
        uses = []
        for ordinal, slot in enumerate(slots, start=1):
            use_id = f"{letter.communication.communication_id}/{rendering_id}/{ordinal}"
            letter.verdicts[use_id] = slot.verdict
            if slot.planted:
                letter.planted[use_id] = slot.planted
            uses.append(Use(ordinal, vocabulary.PLACEHOLDERS[ordinal - 1], slot.reference))
        made.append(
            Rendering(
                rendering_id=rendering_id,
                channel=channel,
                queue_name=vocabulary.QUEUES[channel],
                uses=tuple(uses),
                has_selection=chance.random() < 0.15,
                has_rendition_request=channel != "print" and chance.random() < 0.3,
            )
        )
    return replace(letter.communication, renderings=tuple(made))


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
    return Compose(batch[-1].recorded_at, tuple(letter.communication for letter in batch))
