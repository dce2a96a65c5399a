"""What planters say beside the cases of controls, of subjects that have an answer of their own.

Here belongs the collecting; what is said of one subject stands in the module that its field names.
"""

from dataclasses import dataclass, field

from sandbox.scenario.grid_desk import GridDesk
from sandbox.scenario.launch_readiness import SaidLaunch
from sandbox.scenario.publication_verdicts import SaidPublication
from sandbox.scenario.searches import SaidSearch


@dataclass(slots=True)
class Said:
    """Publications by id, as far as they are not in order; all searches and launches."""

    publications: dict[str, SaidPublication] = field(default_factory=dict)
    searches: list[SaidSearch] = field(default_factory=list)
    launches: list[SaidLaunch] = field(default_factory=list)

    def take(self, desk: GridDesk) -> None:
        """What was said at a desk."""
        self.publications |= desk.said
        self.searches += desk.searches
        self.launches += desk.launches
