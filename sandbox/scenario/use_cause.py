"""The verdicts of asset uses, and what a cause of one is.

Here belong the words alone; `use_causes` lists the causes themselves.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.scenario.desk import PlantedUse, UseDesk

NOT_APPROVED = "NOT_APPROVED"
EXPIRED = "EXPIRED"
NOT_ELIGIBLE = "NOT_ELIGIBLE"
SUPERSEDED = "SUPERSEDED"
AMBIGUOUS = "AMBIGUOUS"
NO_EVIDENCE = "NO_EVIDENCE"
PROVEN_LATE = "PROVEN_LATE"
PROVEN = "PROVEN"
VERDICTS = (
    NOT_APPROVED,
    EXPIRED,
    NOT_ELIGIBLE,
    SUPERSEDED,
    AMBIGUOUS,
    NO_EVIDENCE,
    PROVEN_LATE,
    PROVEN,
)


def over_exposure(verdict: str) -> str:
    """The name under which a verdict over exposure is counted beside those at composition."""
    return f"{verdict} over exposure"


def of_output_link(verdict: str) -> str:
    """The name under which a verdict of a link that only an output tells is counted beside those of asset uses."""
    return f"{verdict} of an output link"


@dataclass(frozen=True, slots=True)
class Cause:
    """A planter and the verdicts that it narrowly misses (none: it is a violation)."""

    planter: Callable[[UseDesk], PlantedUse]
    near_miss_of: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The planter's name."""
        return self.planter.__name__
