"""The desk at which a case of a decision is planted: a letter whose selection, retrieval or request is the point.

A planter (see `rendition_causes.py`, `selection_causes.py`, `retrieval_causes.py`) drafts the whole letter, so
that nothing in it is left to chance that a control could look at, and says what the case violates or misses.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sandbox.scenario import vocabulary
from sandbox.scenario.background import Shelf
from sandbox.scenario.background_decisions import retrieval, selection
from sandbox.scenario.desk import UseDesk
from sandbox.scenario.events import (
    BytesReference,
    Communication,
    DeliveryLink,
    ForeignAssetReference,
    Reference,
    RenditionRequest,
    Retrieval,
    Selection,
)
from sandbox.scenario.letter_drafts import Draft, Slot
from sandbox.scenario.letters import Letter, LetterDesk, finished
from sandbox.scenario.library import Library
from sandbox.scenario.policies import DIGITAL, FREE_DOCUMENT, running_campaigns
from sandbox.scenario.stages import DAY, STAGES


@dataclass(frozen=True, slots=True)
class PlantedDecision:
    """One planted case: the subject that its cause makes a violation, or a near miss, of a control.

    `correction` is the kind that answers it, `is_cured` says that this ends it, `corrected_id` is what is corrected
    where that is not the subject.
    """

    cause: str
    control: str
    subject_id: str
    is_violation: bool
    correction: str | None = None
    is_cured: bool = False
    corrected_id: str | None = None


class DecisionDesk(UseDesk):
    """What a planter works with: a moment, a customer, assets, and a letter that grows rendering by rendering."""

    def __init__(self, library: Library, shelf: Shelf, letters: LetterDesk, cause: str, index: int) -> None:
        """`index` counts the repetitions of one cause and varies them."""
        super().__init__(library, cause, (), index)
        self._shelf = shelf
        self._letters = letters
        self._communication: Communication | None = None
        self._drafts: list[Draft] = []
        self.cases: list[PlantedDecision] = []

    def meet(self, *, stages: Sequence[int] = tuple(STAGES), room: int = 3 * DAY, in_time: bool | None = None) -> int:
        """Choose the moment; letters with decisions go out in statement runs as often as all others."""
        return super().meet(
            stages=stages, room=room, in_time=self.chance.random() < 0.9 if in_time is None else in_time
        )

    def address(self, document_type: str = FREE_DOCUMENT) -> Communication:
        """Open the letter; the moment and the customer are settled by now."""
        self._communication = self._letters.addressed(self.at, self.customer, (document_type,))
        return self._communication

    @property
    def communication(self) -> Communication:
        """The letter's communication. Raises ValueError before it was addressed."""
        if self._communication is None:
            raise ValueError(f"{self.cause} drafts a letter that it did not address")
        return self._communication

    # --- images ---

    def link(self) -> DeliveryLink:
        """An image in order, behind a link."""
        found = self._shelf.pick(self.at, self.customer, live=True)
        if not isinstance(found, DeliveryLink):
            raise TypeError(f"the shelf gave {found}, not a link")
        return found

    def stored(self) -> BytesReference:
        """An image in order, embedded by asset id."""
        found = self._shelf.pick(self.at, self.customer, live=False, by_id=True)
        if not isinstance(found, BytesReference):
            raise TypeError(f"the shelf gave {found}, not an asset by its id")
        return BytesReference(found.asset, found.content, found.version, has_etag=True)

    # --- renderings ---

    def rendering(self, channel: str, *references: Reference | tuple[Reference, str]) -> Draft:
        """Draft a rendering of images in order, or of images with the verdict that the cause gives them."""
        slots = [Slot(one[0], one[1]) if isinstance(one, tuple) else Slot(one, self.good) for one in references]
        draft = Draft(channel, slots)
        self._drafts.append(draft)
        return draft

    def digital(self) -> str:
        """The digital channel of this repetition."""
        return self.pick(DIGITAL)

    def chosen(self, chosen: Reference, campaign: str | None = "") -> Selection:
        """A selection among several candidates, in a campaign that runs (or in this one, or in none)."""
        if campaign == "":
            campaign = self.chance.choice(running_campaigns(self.customer.jurisdiction, self.at))
        return selection(self.chance, chosen, [self.stored(), self.link()], campaign)

    def retrieved(self, *returned: BytesReference | ForeignAssetReference) -> Retrieval:
        """A retrieval for the communication's own metadata that returned these."""
        return retrieval(self.communication, list(returned))

    def request(self, **answer: object) -> RenditionRequest:
        """A rendition request with its answer, see `RenditionRequest`; what is not said is as usual."""
        usual = {
            "channel": "web",
            "preference": "default",
            "returned": None,
            "latency_ms": self.chance.randint(12, 900),
        }
        return RenditionRequest(**{**usual, "outcome": "returned", **answer})  # type: ignore[arg-type]

    # --- what the case is ---

    def use_id(self, rendering: int, ordinal: int = 1) -> str:
        """The id of a use in the letter."""
        return f"{self.communication.communication_id}/R{rendering}/{ordinal}"

    def place(self, kind: str, rendering: int = 1) -> str:
        """The id of a rendering's decision: SEL, RET or RQ."""
        return f"{kind}-{self.communication.communication_id}-R{rendering}"

    def violates(self, control: str, subject_id: str) -> None:
        """Say that the case is a violation."""
        self.cases.append(PlantedDecision(self.cause, control, subject_id, is_violation=True))

    def advised(self, control: str, subject_id: str, kind: str, place: str) -> None:
        """Say that the case is a violation that stays, and what is advised for its place in the letter's template."""
        corrected_id = f"{self.communication.template_id}/{place}"
        self.cases.append(PlantedDecision(self.cause, control, subject_id, True, kind, corrected_id=corrected_id))

    def misses(self, control: str, subject_id: str) -> None:
        """Say that the case is a near miss."""
        self.cases.append(PlantedDecision(self.cause, control, subject_id, is_violation=False))

    def letter(self) -> Letter:
        """The finished letter."""
        return finished(self.communication, self._drafts, self.at)


DecisionPlanter = Callable[[DecisionDesk], None]


def other_jurisdictions(desk: DecisionDesk) -> list[str]:
    """All jurisdictions but the customer's."""
    return [one for one in vocabulary.JURISDICTIONS if one != desk.customer.jurisdiction]
