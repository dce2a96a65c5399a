"""Decisions behind background letters, in order by construction; nothing here may become an exception.

A campaign image that needs a selection gets one that chose it, in a campaign that runs there and then; embedded
images come out of a retrieval; a rendition that was asked for fits and is used. Planted uses are never chosen,
retrieved or asked for here.
"""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from sandbox.scenario import vocabulary
from sandbox.scenario.background import Shelf
from sandbox.scenario.desk import Customer
from sandbox.scenario.events import (
    BytesReference,
    Communication,
    DeliveryLink,
    ForeignAssetReference,
    Reference,
    Rendition,
    RenditionRequest,
    Retrieval,
    Selection,
)
from sandbox.scenario.letter_drafts import Draft
from sandbox.scenario.policies import (
    PREFERENCES,
    needs_selection,
    rendition_formats,
    rendition_rule,
    running_campaigns,
)

LIFECYCLE_EVENTS = ("renewal_due", "claim_opened", "address_changed", "payment_missed", "birthday")
_SPREAD_BYTES = 1_300
"""Images of the scenario weigh some two thousand bytes: what is delivered of them is lighter, and keeps every rule."""
_RULES = ("campaign-by-segment", "campaign-by-lifecycle", "campaign-by-policy-type")


class DecisionClerk:
    """Puts decisions behind drafted renderings; one random stream, and the shelf for other candidates."""

    def __init__(self, seed: int, shelf: Shelf) -> None:
        """The stream is the clerk's own, so that letters do not change with their decisions."""
        self._chance = Random(f"{seed}/decisions")
        self._shelf = shelf

    def decide(self, communication: Communication, customer: Customer, draft: Draft) -> None:
        """Put what is needed, and sometimes what is not, behind a rendering."""
        draft.selection = self._selection(communication, customer, draft)
        is_free = not any(slot.planted for slot in draft.slots)
        draft.retrieval = retrieval_of(communication, draft) if is_free else None
        if draft.channel != "print" and self._chance.random() < 0.3:
            free = [slot.reference for slot in draft.slots if not slot.planted]
            links = [one for one in free if isinstance(one, DeliveryLink)]
            link = self._chance.choice(links) if links else None
            draft.rendition_request = rendition_request(self._chance, draft.channel, link, communication.generated_at)

    def _selection(self, communication: Communication, customer: Customer, draft: Draft) -> Selection | None:
        at = communication.generated_at
        for placeholder, slot in zip(vocabulary.PLACEHOLDERS, draft.slots, strict=False):
            if needs_selection(communication.document_type, draft.channel, placeholder, at):
                return self._chosen(slot.reference, customer, at)
        free = [slot.reference for slot in draft.slots if not slot.planted]
        return self._chosen(self._chance.choice(free), customer, at) if free and self._chance.random() < 0.15 else None

    def _chosen(self, chosen: Reference, customer: Customer, at: int) -> Selection:
        others = [self._shelf.pick(at, customer, live=False) for _ in range(self._chance.randint(0, 2))]
        campaign = self._chance.choice(running_campaigns(customer.jurisdiction, at))
        return selection(self._chance, chosen, others, campaign if self._chance.random() < 0.95 else None)


def selection(chance: Random, chosen: Reference, others: list[Reference], campaign: str | None) -> Selection:
    """A rule's choice among several candidates, in an order that does not tell which one it was."""
    candidates = [chosen, *others]
    chance.shuffle(candidates)
    return Selection(chance.choice(_RULES), chance.choice(LIFECYCLE_EVENTS), tuple(candidates), chosen, campaign)


def retrieval_of(communication: Communication, draft: Draft) -> Retrieval | None:
    """The retrieval that returned all images of a rendering that are embedded by asset id, with their hashes."""
    stored = [slot.reference for slot in draft.slots if isinstance(slot.reference, BytesReference)]
    return retrieval(communication, [replace(one, has_etag=True) for one in stored]) if stored else None


def retrieval(communication: Communication, returned: Sequence[BytesReference | ForeignAssetReference]) -> Retrieval:
    """The retrieval for a communication's own document type, segment and jurisdiction."""
    return Retrieval(communication.document_type, communication.segment, communication.jurisdiction, tuple(returned))


def rendition_request(chance: Random, channel: str, link: DeliveryLink | None, at: int) -> RenditionRequest:
    """A request that was answered with a fitting rendition; without a link none was needed or none was found."""
    preference = chance.choice(PREFERENCES)
    latency = chance.randint(12, 900)
    if link is None:
        outcome = chance.choice(("not_needed", "not_found"))
        return RenditionRequest(channel, preference, None, latency, outcome)
    rule = rendition_rule(channel, preference, at)
    rendition = Rendition(
        link=link,
        image_format=chance.choice(rendition_formats(channel)),
        width=chance.randint(rule.min_width, rule.max_width),
        size_bytes=200 + chance.randint(2_000, rule.max_bytes) * _SPREAD_BYTES // rule.max_bytes,
    )
    outcome = "returned" if chance.random() < 0.9 else "fallback"
    return RenditionRequest(channel, preference, rendition, latency, outcome)
