"""The desk at which cases of communities and partners are planted that no correction cures.

A planter (see `shelf_causes.py` and its neighbours) writes publications, needs, distributions and the like, and says
what they violate or narrowly miss. Nothing here evaluates a rule.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from sandbox.scenario import vocabulary
from sandbox.scenario.community_desk import Community, CommunityDesk, Numbers, PlantedCommunityCase, publication
from sandbox.scenario.events import ChangeObject, CreateObject, Publish, Terms
from sandbox.scenario.launch_readiness import SaidLaunch
from sandbox.scenario.library import AssetHistory, Library, Version
from sandbox.scenario.searches import SaidSearch


class GridDesk(CommunityDesk):
    """A community's desk whose cases may have several subjects."""

    def __init__(
        self, library: Library, communities: Sequence[Community], numbers: Numbers, cause: str, index: int
    ) -> None:
        """`index` counts the repetitions of one cause and varies them."""
        inhabited = [community for community in communities if community.partners]
        super().__init__(library, inhabited, numbers, cause, index)
        self.terms = Terms()
        self.communities = inhabited
        self.searches: list[SaidSearch] = []
        self.launches: list[SaidLaunch] = []
        self.partner = self.chance.choice(self.community.partners)
        self._met = {self.partner}

    def cured(self, control: str, subject_id: str, kind: str) -> None:
        """Say that a subject is a violation that a kind of correction ends."""
        self.cases.append(PlantedCommunityCase(self.cause, control, subject_id, True, kind, is_cured=True))

    def answered(self, control: str, subject_id: str, kind: str, corrected_id: str) -> None:
        """Say that a subject is a violation that stays, and what a kind of correction changes about it."""
        found = PlantedCommunityCase(self.cause, control, subject_id, True, kind, corrected_id=corrected_id)
        self.cases.append(found)

    def several(self, count: int) -> Iterator[Community]:
        """Go to `count` communities one after the other, each with a partner whom this desk has not met yet."""
        for community in self.chance.sample(self.communities, count):
            self.community = community
            self.partner = self.chance.choice([one for one in community.partners if one not in self._met])
            self._met.add(self.partner)
            yield community

    def misses(self, control: str, subject_id: str) -> None:
        """Say that the subject narrowly misses a control."""
        self.cases.append(PlantedCommunityCase(self.cause, control, subject_id, is_violation=False))

    def says(self, control: str, subject_id: str, *, is_violation: bool) -> None:
        """Say which of the two the subject is."""
        self.cases.append(PlantedCommunityCase(self.cause, control, subject_id, is_violation))

    def shown(self, asset: AssetHistory, version: Version, at: int, **other: object) -> Publish:
        """Show a version at an instant, with other words (region, language, device, ...) than usual."""
        event = replace(publication(self, asset, version, at, None), **other)  # type: ignore[arg-type]
        self.events.append(event)
        return event

    def sample(self, asset: AssetHistory, version: Version, at: int) -> Publish:
        """What a publication would show: names an asset in an object without showing it."""
        return publication(self, asset, version, at, None)

    @contextmanager
    def as_stranger(self) -> Iterator[str]:
        """Go on, for a while, as a partner who is in none but other communities."""
        member = self.partner
        everybody = {partner for community in self.communities for partner in community.partners}
        self.partner = self.chance.choice(sorted(everybody - set(self.community.partners)))
        yield self.partner
        self.partner = member

    def other_region(self) -> str:
        """A region that is not the community's."""
        return self.chance.choice([one for one in vocabulary.JURISDICTIONS if one != self.community.region])

    def make(self, at: int, objects: str, fields: Mapping[str, object], about: Publish | None = None) -> None:
        """An object is made."""
        self.events.append(CreateObject(at, objects, tuple(fields.items()), about))

    def change(self, at: int, objects: str, object_id: str, **fields: object) -> None:
        """An object is changed."""
        self.events.append(ChangeObject(at, objects, object_id, tuple(fields.items())))


GridPlanter = Callable[[GridDesk], None]
