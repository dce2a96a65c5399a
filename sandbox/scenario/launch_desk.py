"""The desk at which a launch and letters about its visuals are planted together.

A planter (see `launch_visual_causes.py`) writes an asset's history, a launch that requires it, and a letter. What it
launches is published in a community of the letter's region, so that nothing but the point of the case is amiss.
Nothing here evaluates a rule.
"""

from collections.abc import Callable, Sequence

from sandbox.scenario.background import Shelf
from sandbox.scenario.community_desk import Community, Numbers
from sandbox.scenario.decision_desk import DecisionDesk
from sandbox.scenario.design_events import IMAGE, DesignEvent, DesignName, ImageContent
from sandbox.scenario.events import CommunityEvent, Publish, Withdraw
from sandbox.scenario.grid_desk import GridDesk
from sandbox.scenario.launch import Launch
from sandbox.scenario.launch_readiness import GO, NO_GO, NOT_PUBLISHED, READY
from sandbox.scenario.letters import LetterDesk
from sandbox.scenario.library import AssetHistory, Library, Version
from sandbox.scenario.stages import DAY, END, HOUR
from sandbox.scenario.template_desk import DesignNumbers, TemplateDesk


class LaunchDesk(DecisionDesk):
    """A letter's desk with a community of the customer's jurisdiction beside it; `grid` holds what is written there."""

    def __init__(
        self,
        library: Library,
        shelf: Shelf,
        letters: LetterDesk,
        communities: Sequence[Community],
        numbers: Numbers,
        cause: str,
        index: int,
    ) -> None:
        """`index` counts the repetitions of one cause and varies them."""
        super().__init__(library, shelf, letters, cause, index)
        self.grid = GridDesk(library, communities, numbers, cause, index)
        homes = [one for one in communities if one.region == self.customer.jurisdiction]
        self.grid.community = self.chance.choice(homes)
        self._design = TemplateDesk(library, DesignNumbers(self.chance, 1), cause, index)
        self._design.region = self.customer.jurisdiction

    @property
    def events(self) -> list[CommunityEvent | DesignEvent]:
        """What was written beside the letter."""
        return [*self.grid.events, *self._design.events]

    def shown_by_template(self, asset: AssetHistory, version: Version, at: int) -> None:
        """A template of the customer's jurisdiction shows a version from an instant on."""
        image = DesignName(IMAGE, f"IMG-{self.cause}-{self.index}")
        self._design.made(image, ImageContent(version.content, asset.image_format), END - at + HOUR)
        self._design.template(END - at, image, name=f"TPL-{self.cause}-{self.index}")

    def launched(self, asset: AssetHistory, version: Version, at: int) -> str:
        """Launch a version, shown in the community from an hour before to an hour after; gives the requirement's id."""
        shown = self.grid.shown(asset, version, at - HOUR)
        if at + HOUR < END:
            self.grid.events.append(Withdraw(at + HOUR, shown.publication_id, shown.actor))
        return Launch(self.grid, at, GO, planned=at - 3 * DAY).require(shown, READY, due=at - HOUR)

    def never_shown(self, at: int, about: Publish) -> str:
        """A launch requires what a publication would show, and nobody does; gives the requirement's id."""
        return Launch(self.grid, at, NO_GO, planned=at - 3 * DAY).require(about, NOT_PUBLISHED, due=at - HOUR)


LaunchPlanter = Callable[[LaunchDesk], None]
