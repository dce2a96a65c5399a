"""A rendering while its letter is written: its images with their verdicts, and the decisions behind them."""

from dataclasses import dataclass

from sandbox.scenario.desk import PlantedUse
from sandbox.scenario.events import (
    DeliveryLink,
    ForeignLink,
    Reference,
    RenditionRequest,
    Retrieval,
    Selection,
)


@dataclass(slots=True)
class Slot:
    """One image in a rendering with the verdict that it will have; its number tells its place unless that is named.

    `exposure` is the verdict so far over the exposure of a link where a cause makes it another one.
    """

    reference: Reference
    verdict: str
    planted: PlantedUse | None = None
    placeholder: str | None = None
    target: Reference | None = None
    exposure: str | None = None

    @property
    def is_embedded(self) -> bool:
        """Whether the bytes stand in the output."""
        return not isinstance(self.reference, DeliveryLink | ForeignLink)


@dataclass(frozen=True, slots=True)
class TemplateImage:
    """A link that a template shows by itself, its verdict, and the verdicts that it narrowly misses."""

    link: DeliveryLink
    verdict: str
    near_miss_of: tuple[str, ...] = ()


@dataclass(slots=True)
class Draft:
    """One channel of a letter; its addresses are put right for the channel unless they are the point of the case."""

    channel: str
    slots: list[Slot]
    selection: Selection | None = None
    retrieval: Retrieval | None = None
    rendition_request: RenditionRequest | None = None
    keeps_addresses: bool = False
