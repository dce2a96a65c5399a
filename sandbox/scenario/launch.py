"""One launch while its case is planted: what it requires, numbered from 0 on, and who has spoken of it."""

from sandbox.scenario import vocabulary
from sandbox.scenario.events import Publish
from sandbox.scenario.grid_desk import GridDesk
from sandbox.scenario.launch_readiness import SaidLaunch
from sandbox.scenario.stages import iso


class Launch:
    """One launch in a desk's community at an instant."""

    def __init__(
        self, desk: GridDesk, at: int, code: str, nearly: tuple[str, ...] = (), *, planned: int, **said: object
    ) -> None:
        """Written down at `planned`; `code` says whether it is a go, `nearly` what it misses.

        `said` are further words of the service.
        """
        self._desk = desk
        self._planned = planned
        self._count = 0
        #: What the last of its required assets is, where it is named.
        self.about: Publish | None = None
        self.name = desk.numbers.draw("LAU")
        self.said = SaidLaunch(self.name, code, frozenset(desk.community.partners), nearly)
        desk.launches.append(self.said)
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

    def require(
        self,
        about: Publish | None,
        code: str,
        *,
        due: int | None = None,
        nearly: tuple[str, ...] = (),
        **said: object,
    ) -> str:
        """One asset is required in the community's region and language, or other ones; gives the requirement's id.

        `code` says what it is at the launch, or at the end where the launch is to come; `nearly` what it misses.
        """
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
        self.about = about or self.about
        requirement = f"{self.name}/{ordinal}"
        self.said.required[requirement] = code
        self.said.nearly_required[requirement] = nearly
        return requirement

    def hears(self, partner: str) -> None:
        """A partner has spoken of it: acknowledged or refused it, done a task, raised a flag, asked for a format."""
        self.said.heard.add(partner)
