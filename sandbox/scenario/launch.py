"""One launch while its case is planted: what it requires, numbered from 0 on."""

from sandbox.scenario import vocabulary
from sandbox.scenario.events import Publish
from sandbox.scenario.grid_desk import GridDesk
from sandbox.scenario.stages import iso


class Launch:
    """One launch in a desk's community at an instant."""

    def __init__(self, desk: GridDesk, at: int, *, planned: int, **said: object) -> None:
        """Written down at `planned`; `said` are further words of the service."""
        self._desk = desk
        self._planned = planned
        self._count = 0
        self.name = desk.numbers.draw("LAU")
        chance = desk.chance
        product, campaign = chance.choice(vocabulary.PRODUCT_LINES), chance.choice(vocabulary.CAMPAIGNS)
        fields = {
            "launchId": self.name,
            "name": f"{campaign} {product}",
            "launchAt": iso(at),
            "communityIds": [desk.community.community_id],
            "productLine": product,
            "campaign": campaign,
            **said,
        }
        desk.make(planned, "launches", fields)

    def require(self, about: Publish | None, *, due: int | None = None, **said: object) -> str:
        """One asset is required in the community's region and language, or other ones; gives the requirement's id."""
        desk = self._desk
        ordinal, self._count = self._count, self._count + 1
        fields: dict[str, object] = {
            "launchId": self.name,
            "ordinal": ordinal,
            "communityId": desk.community.community_id,
            "market": desk.community.region,
            "language": desk.community.language,
            **({"dueAt": iso(due)} if due else {}),
            **said,
        }
        desk.make(self._planned, "launch-requirements", fields, about)
        return f"{self.name}/{ordinal}"
