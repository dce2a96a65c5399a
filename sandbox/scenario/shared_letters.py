"""Letters that hold several planted uses: one moment and one customer, and a use for each of several causes.

Here belongs the desk of such a letter. Causes that have that much in common stand in one letter, so that a small
scenario has room for all of them; each has an asset of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sandbox.scenario import vocabulary
from sandbox.scenario.desk import HISTORY, PlantedUse, UseDesk, suitable_terms
from sandbox.scenario.library import AssetHistory, Library
from sandbox.scenario.stages import COVERAGE_STARTS, HOUR, MINUTE, spread
from sandbox.scenario.use_cause import Cause

#: How long the drafts of an asset were made, from the begin of its history on.
_DRAFTING = 12 * HOUR


class GuestDesk(UseDesk):
    """The desk of one cause in a letter whose moment and customer another desk has settled."""

    def __init__(self, host: UseDesk, cause: Cause) -> None:
        """Take the host's moment and customer, and terms that suit them."""
        super().__init__(host.library, cause.name, cause.near_miss_of, host.index)
        self.customer = host.customer
        self.terms = suitable_terms(self.chance, self.customer)
        self.meet_at(host.at, in_time=host.is_in_time)

    def earlier(self, count: int, until: int | None = None) -> list[int]:
        """`count` rising instants as of any desk, behind the drafts."""
        end = self.at - HOUR if until is None else until
        return spread(self.chance, count, self._begin() + _DRAFTING, end)

    def asset(self) -> AssetHistory:
        """An asset with two drafts that nobody approved, as most have some."""
        asset = super().asset()
        for uploaded in spread(self.chance, 2, self._begin(), self._begin() + _DRAFTING):
            asset.upload(uploaded)
        return asset

    def _begin(self) -> int:
        return max(COVERAGE_STARTS + 10 * MINUTE, self.at - HISTORY)


@dataclass(frozen=True, slots=True)
class SharedLetter:
    """Causes whose uses stand in one letter, how often it is written, in which stages and with how much room before."""

    name: str
    causes: tuple[Cause, ...]
    repetitions: int
    stages: Sequence[int]
    room: int

    def plant(self, library: Library, index: int) -> list[PlantedUse]:
        """One use for each cause; the customer has offers."""
        host = UseDesk(library, self.name, (), index)
        offers = vocabulary.draw_set(host.chance, vocabulary.OFFERS, 1, 3)
        host.customer = replace(host.customer, offers=offers)
        host.meet(stages=self.stages, room=self.room)
        return [cause.planter(GuestDesk(host, cause)) for cause in self.causes]
