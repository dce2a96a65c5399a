"""The verdicts of publications: what their causes said, and of one in order what its making says.

Here belong the words and the collecting. A publication is judged at the instant at which it was shown and, while it is
shown, at the end: once as the scenario ends, once more when corrections have taken effect. No rule is evaluated here.
"""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from sandbox.scenario.events import CommunityEvent, DeletePublication, Publish, Withdraw
from sandbox.scenario.stages import DAY, stage_end, stage_of
from sandbox.scenario.use_cause import PROVEN, PROVEN_LATE

UNRESOLVED = "unresolved_reference"
SEVERAL = "several_candidates"
REFERENCE_REASONS = (UNRESOLVED, SEVERAL)
"""Why nothing is known of a publication that names no known asset, or names what may be several."""


def at_publication(verdict: str) -> str:
    """The name under which a verdict (or its reason) of a publication when it was shown is counted."""
    return f"{verdict} at publication"


def of_publication_now(verdict: str) -> str:
    """The name under which a verdict (or its reason) at the end of the claims of what is shown then is counted."""
    return f"{verdict} of a publication now"


@dataclass(frozen=True, slots=True)
class SaidPublication:
    """What a planter says of a publication; None: it is in order.

    `after_corrections` is said where the end being some minutes later changes the verdict; `is_taken_down` says that a
    correction of something else takes the publication down. `reason` and `reason_now` say why nothing more is known,
    where that is for how the publication names its asset. `near_miss_of` has names of verdicts and of such reasons.
    """

    at_publication: str | None = None
    now: str | None = None
    after_corrections: str | None = None
    is_taken_down: bool = False
    reason: str | None = None
    reason_now: str | None = None
    near_miss_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ToldPublication:
    """The verdicts of one publication; those at the end are None where it is not shown any more."""

    publication_id: str
    at_publication: str
    now: str | None
    after_corrections: str | None
    reason: str | None
    reason_now: str | None
    near_miss_of: tuple[str, ...]


def told_publications(
    events: Iterable[object], said: Mapping[str, SaidPublication], corrected: AbstractSet[str]
) -> Iterator[ToldPublication]:
    """The verdicts of each publication among the events; `corrected` are those that corrections take down."""
    of_communities: list[CommunityEvent] = [
        event for event in events if isinstance(event, Publish | Withdraw | DeletePublication)
    ]
    published = [event for event in of_communities if isinstance(event, Publish)]
    gone = {event.publication_id for event in of_communities if isinstance(event, Withdraw | DeletePublication)}
    gone |= {event.replaces for event in published if event.replaces}
    for event in published:
        words = said.get(event.publication_id, SaidPublication())
        now = words.now or PROVEN
        is_corrected = words.is_taken_down or event.publication_id in corrected
        yield ToldPublication(
            publication_id=event.publication_id,
            at_publication=words.at_publication or _in_order(event.at),
            now=None if event.publication_id in gone else now,
            after_corrections=None if event.publication_id in gone or is_corrected else words.after_corrections or now,
            reason=words.reason,
            reason_now=None if event.publication_id in gone else words.reason_now,
            near_miss_of=words.near_miss_of,
        )


def _in_order(at: int) -> str:
    """Of what is in order when it is shown: proven, late if it was recorded after a day."""
    return PROVEN if stage_end(stage_of(at)) - at <= DAY else PROVEN_LATE
