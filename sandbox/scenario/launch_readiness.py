"""What is said of launches: go or no-go, what each required asset is, and how many of the partners are silent.

Here belong the words and the collecting; a launch while it is planted is `launch`. No rule is evaluated here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

READY = "ready"
NOT_PUBLISHED = "not_published"
ANOTHER_VARIANT = "another_variant_published"
NOT_NAMED = "asset_not_named"
APPROVAL_PENDING = "approval_pending"
APPROVAL_NOT_KNOWN = "approval_not_known"
NOT_REQUIRED = "not_required"
REQUIREMENT_CODES = (
    READY,
    NOT_PUBLISHED,
    ANOTHER_VARIANT,
    NOT_NAMED,
    APPROVAL_PENDING,
    APPROVAL_NOT_KNOWN,
    NOT_REQUIRED,
)
"""A requirement of a launch that nobody knows is not planted: the service refuses to store one."""
GO = "go"
NO_GO = "no_go"
CANCELLED = "cancelled"
LAUNCH_CODES = (GO, NO_GO, CANCELLED)
SILENT = "silent"
HEARD = "heard"
PARTNER_CODES = (SILENT, HEARD)


@dataclass(slots=True)
class SaidLaunch:
    """What a planter says of one launch; `nearly` and `nearly_required` have codes that are narrowly missed.

    `invited` are the partners in its communities, `heard` those of them whom the planter lets speak.
    """

    launch_id: str
    code: str
    invited: frozenset[str]
    nearly: tuple[str, ...] = ()
    required: dict[str, str] = field(default_factory=dict)
    nearly_required: dict[str, tuple[str, ...]] = field(default_factory=dict)
    heard: set[str] = field(default_factory=set)

    @property
    def silence(self) -> str:
        """How many partners are silent, in words."""
        return f"{len(self.invited - self.heard)} of {len(self.invited)} silent"

    @property
    def partners_code(self) -> str:
        """Whether a partner is silent, or all were heard."""
        return SILENT if self.invited - self.heard else HEARD


def of_requirement(code: str) -> str:
    """The name under which what a required asset is at a launch is counted."""
    return f"{code} of a required asset"


def of_launch(code: str) -> str:
    """The name under which go and no-go are counted."""
    return f"{code} of a launch"


def of_partners(code: str) -> str:
    """The name under which launches are counted by whether all their partners spoke."""
    return f"{code} of a launch's partners"


def near_misses_of(launches: Iterable[SaidLaunch]) -> dict[str, list[str]]:
    """Launches and required assets by the name of what they narrowly miss; one partner less makes the silence another.

    A launch at which all but one were heard misses `heard`, one at which all were heard misses `silent`.
    """
    found: dict[str, list[str]] = {}
    for launch in launches:
        for code in launch.nearly:
            found.setdefault(of_launch(code), []).append(launch.launch_id)
        for requirement, codes in launch.nearly_required.items():
            for code in codes:
                found.setdefault(of_requirement(code), []).append(requirement)
        silent = len(launch.invited - launch.heard)
        if silent <= 1:
            name = of_partners(HEARD if silent else SILENT)
            found.setdefault(name, []).append(launch.launch_id)
    return found
