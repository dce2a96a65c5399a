"""Causes of old visuals in letters after a launch, and of launches of what nobody approved.

Each planter writes a launch that makes its case true and says so; nothing here evaluates a rule.
"""

from sandbox.scenario import vocabulary
from sandbox.scenario.desk import with_member, without_members
from sandbox.scenario.events import Publish, Reference, Terms, Withdraw
from sandbox.scenario.grid_desk import GridDesk, GridPlanter
from sandbox.scenario.launch import Launch
from sandbox.scenario.launch_desk import LaunchDesk, LaunchPlanter
from sandbox.scenario.launch_readiness import (
    ANOTHER_VARIANT,
    APPROVAL_PENDING,
    CANCELLED,
    GO,
    NO_GO,
    NOT_PUBLISHED,
    NOT_REQUIRED,
    READY,
)
from sandbox.scenario.letter_drafts import Draft, Slot
from sandbox.scenario.library import AssetHistory, Version
from sandbox.scenario.readiness_causes import MISSING_ASSETS, UNAPPROVED_VISUALS
from sandbox.scenario.stages import DAY, END, GRACE_DAYS_AFTER_CHANGE, HOUR, MINUTE

OLD_VISUALS = "ctl_old_visuals_after_launch"
SUPERSEDED_USES = "ctl_superseded_asset_uses"
_LATE_STAGES = (3, 4)
#: A place in print whose width nobody wrote down, and that no selection is needed for.
_PLACE = "map"
_PLACES = tuple(vocabulary.JURISDICTIONS)

# --- letters after a launch ---------------------------------------------------------------------------


class _Page:
    """The printed page of a letter, filled image by image."""

    def __init__(self, desk: LaunchDesk) -> None:
        desk.meet(stages=_LATE_STAGES, room=20 * DAY, in_time=True)
        desk.terms = Terms()
        desk.address()
        self._desk = desk
        self._draft: Draft = desk.rendering("print")

    def carries(self, reference: Reference, *, is_old: bool, verdict: str | None = None) -> str:
        """The next image, with what it is; it is in order unless another verdict is said. Gives the use's id."""
        desk = self._desk
        self._draft.slots.append(Slot(reference, verdict or desk.good, placeholder=_PLACE))
        use_id = desk.use_id(1, len(self._draft.slots))
        (desk.violates if is_old else desk.misses)(OLD_VISUALS, use_id)
        return use_id


def _two_versions(desk: LaunchDesk, granted: int, terms: Terms | None = None) -> tuple[AssetHistory, Version, Version]:
    """An approved version, and a newer one that is approved at `granted`."""
    asset, old = desk.approved_asset(until=granted - 12 * HOUR)
    new = asset.upload(granted - desk.chance.randint(HOUR, 10 * HOUR))
    asset.approve(granted, new, terms or desk.terms)
    return asset, old, new


def old_at_the_launch(desk: LaunchDesk) -> None:
    """The first version at the very instant of the launch of the second one, an hour and days after it."""
    page = _Page(desk)
    for since in (0, HOUR, 5 * DAY):
        launched = desk.at - since
        asset, old, new = _two_versions(desk, launched - DAY)
        desk.launched(asset, new, launched)
        page.carries(asset.by_bytes(old, has_etag=since > 0), is_old=True)


def old_weeks_after_the_launch(desk: LaunchDesk) -> None:
    """The first version longer after the launch than the grace lasts."""
    page = _Page(desk)
    launched = desk.at - 12 * DAY
    asset, old, new = _two_versions(desk, launched - DAY)
    desk.launched(asset, new, launched)
    page.carries(asset.by_bytes(old), is_old=True, verdict="SUPERSEDED")


def old_within_the_usual_grace(desk: LaunchDesk) -> None:
    """The second version is in force for an hour less than the grace, and launched in the meantime.

    Without the launch nothing would be said of the first version: the launch is the day, the grace goes on beside it.
    """
    page = _Page(desk)
    for since in (MINUTE, GRACE_DAYS_AFTER_CHANGE * DAY - 6 * HOUR):
        asset, old, new = _two_versions(desk, desk.at - GRACE_DAYS_AFTER_CHANGE * DAY + HOUR)
        desk.launched(asset, new, desk.at - since)
        desk.misses(SUPERSEDED_USES, page.carries(asset.by_bytes(old), is_old=True))


def launched_into_a_template(desk: LaunchDesk) -> None:
    """A template shows the second version since the day before its launch; the letter carries it, and the first one."""
    page = _Page(desk)
    asset, old, new = _two_versions(desk, desk.at - 6 * DAY)
    desk.shown_by_template(asset, new, desk.at - 5 * DAY)
    desk.launched(asset, new, desk.at - 4 * DAY)
    page.carries(asset.by_bytes(new), is_old=False)
    page.carries(asset.by_bytes(old), is_old=True)


def launched_twice(desk: LaunchDesk) -> None:
    """What the launch before had, and what the last one has."""
    page = _Page(desk)
    asset, _, second = _two_versions(desk, desk.at - 9 * DAY)
    desk.launched(asset, second, desk.at - 8 * DAY)
    third = asset.upload(desk.at - 5 * DAY)
    asset.approve(desk.at - 4 * DAY, third, Terms())
    desk.launched(asset, third, desk.at - 3 * DAY)
    page.carries(asset.by_name(second, desk.at), is_old=True)
    page.carries(asset.by_bytes(third), is_old=False)


def newer_one_waits_for_approval(desk: LaunchDesk) -> None:
    """Since the launch a third version was uploaded, which nobody has approved: the first, and the launched one."""
    page = _Page(desk)
    asset, old, new = _two_versions(desk, desk.at - 5 * DAY)
    desk.launched(asset, new, desk.at - 4 * DAY)
    asset.upload(desk.at - DAY)
    page.carries(asset.by_bytes(old), is_old=True)
    page.carries(asset.by_bytes(new), is_old=False)


def launched_a_second_later(desk: LaunchDesk) -> None:
    """The launch comes a second after the letter, and an hour after it."""
    page = _Page(desk)
    for until in (1, HOUR):
        asset, old, new = _two_versions(desk, desk.at - DAY)
        desk.launched(asset, new, desk.at + until)
        page.carries(asset.by_bytes(old), is_old=False)


def launched_elsewhere(desk: LaunchDesk) -> None:
    """The launch is of another region than the letter; another one is called off, and one does without the visual."""
    page = _Page(desk)
    for how in ("market", "status", "waived"):
        asset, old, new = _two_versions(desk, desk.at - 3 * DAY)
        about = desk.grid.shown(asset, new, desk.at - 2 * DAY - HOUR)
        launch_code, code = {"market": (NO_GO, ANOTHER_VARIANT), "waived": (NO_GO, NOT_REQUIRED)}.get(
            how, (CANCELLED, NOT_REQUIRED)
        )
        launch = Launch(desk.grid, desk.at - 2 * DAY, launch_code, planned=desk.at - 5 * DAY)
        market = desk.grid.other_region() if how == "market" else "any"
        status = "waived" if how == "waived" else "required"
        requirement = launch.require(about, code, nearly=(READY,), market=market, status=status)
        if how == "status":
            desk.grid.change(desk.at - 2 * DAY - MINUTE, "launches", launch.name, status="cancelled")
        if how == "market":
            desk.violates(MISSING_ASSETS, requirement)
        page.carries(asset.by_bytes(old), is_old=False)


def newer_than_the_launched_one(desk: LaunchDesk) -> None:
    """A version approved after the launch; and the first one's bytes, uploaded and approved again after it."""
    page = _Page(desk)
    for is_again in (False, True):
        asset, old, new = _two_versions(desk, desk.at - 6 * DAY)
        desk.launched(asset, new, desk.at - 5 * DAY)
        newest = asset.upload(desk.at - 2 * DAY, old.content if is_again else None)
        if not is_again:
            asset.approve(desk.at - DAY, newest, Terms())
        page.carries(asset.by_bytes(old if is_again else newest), is_old=False)


def old_address_after_the_launch(desk: LaunchDesk) -> None:
    """An address that names the first version serves the launched one."""
    page = _Page(desk)
    asset, old, new = _two_versions(desk, desk.at - 4 * DAY)
    desk.launched(asset, new, desk.at - 3 * DAY)
    desk.rendering(desk.digital(), asset.link(old, desk.at))
    desk.misses(OLD_VISUALS, desk.use_id(2))
    page.carries(asset.by_bytes(new), is_old=False)


def nothing_approved_was_launched(desk: LaunchDesk) -> None:
    """The launch published a version that nobody has approved, so that the approved one goes on being used."""
    page = _Page(desk)
    asset, old = desk.approved_asset(until=desk.at - 6 * DAY)
    waiting = asset.upload(desk.at - 4 * DAY)
    requirement = desk.never_shown(desk.at - 2 * DAY, desk.grid.sample(asset, waiting, desk.at - 3 * DAY))
    desk.violates(UNAPPROVED_VISUALS, requirement)
    desk.violates(MISSING_ASSETS, requirement)
    page.carries(asset.by_bytes(old), is_old=False)


# --- launches of what nobody approved -----------------------------------------------------------------

_LAUNCHED = END - 4 * DAY


def _unready(desk: GridDesk, asset: AssetHistory, version: Version) -> None:
    """A launch of what is neither approved nor shown."""
    about = desk.sample(asset, version, _LAUNCHED)
    launch = Launch(desk, _LAUNCHED, NO_GO, planned=_LAUNCHED - 8 * DAY)
    requirement = launch.require(about, NOT_PUBLISHED, nearly=(APPROVAL_PENDING,), due=_LAUNCHED - DAY)
    desk.violates(UNAPPROVED_VISUALS, requirement)
    desk.violates(MISSING_ASSETS, requirement)


def _ready(desk: GridDesk, asset: AssetHistory, version: Version) -> Publish:
    """A launch of what is shown an hour before it; gives what shows it."""
    shown = desk.shown(asset, version, _LAUNCHED - HOUR)
    launch = Launch(desk, _LAUNCHED, GO, planned=_LAUNCHED - 8 * DAY)
    desk.misses(UNAPPROVED_VISUALS, launch.require(shown, READY, nearly=(NOT_PUBLISHED,)))
    return shown


def _taken_down(desk: GridDesk, shown: Publish) -> None:
    gone = desk.chance.choice(vocabulary.COMMUNITY_TEAM)
    desk.events.append(Withdraw(_LAUNCHED + HOUR, shown.publication_id, gone))


def approved_after_the_launch(desk: GridDesk) -> None:
    """Approved a minute and a day after the launch, and never; the version before was approved."""
    for late in (MINUTE, DAY, None):
        asset, _, _ = desk.approved_asset(_LAUNCHED - 5 * DAY)
        version = asset.upload(_LAUNCHED - 3 * DAY)
        if late:
            asset.approve(_LAUNCHED + late, version, desk.terms)
        _unready(desk, asset, version)


def ended_before_the_launch(desk: GridDesk) -> None:
    """The validity ends at the very launch; another approval was revoked an hour before it."""
    expired, version, _ = desk.approved_asset(_LAUNCHED - 2 * DAY, Terms(valid_to=_LAUNCHED))
    _unready(desk, expired, version)
    revoked, version, _ = desk.approved_asset(_LAUNCHED - 2 * DAY)
    revoked.revoke(_LAUNCHED - HOUR, version)
    _unready(desk, revoked, version)


def approved_for_elsewhere(desk: GridDesk) -> None:
    """Approved for other regions than the one that it is launched in."""
    elsewhere = Terms(jurisdictions=without_members(desk.chance, _PLACES, [desk.community.region]))
    asset, version, _ = desk.approved_asset(_LAUNCHED - 2 * DAY, elsewhere)
    _unready(desk, asset, version)


def uploaded_after_the_launch(desk: GridDesk) -> None:
    """The asset comes an hour after the launch; the launch named it by the id that it would have."""
    asset = desk.library.new_asset()
    version = asset.upload(_LAUNCHED + HOUR)
    asset.approve(_LAUNCHED + 2 * HOUR, version, desk.terms)
    about = desk.sample(asset, version, _LAUNCHED + HOUR)
    launch = Launch(desk, _LAUNCHED, NO_GO, planned=_LAUNCHED + 3 * HOUR)
    requirement = launch.require(about, NOT_PUBLISHED, due=_LAUNCHED - DAY)
    desk.violates(UNAPPROVED_VISUALS, requirement)
    desk.violates(MISSING_ASSETS, requirement)


def approved_just_before_the_launch(desk: GridDesk) -> None:
    """Approved two hours before the launch; another one for the region among others."""
    asset, _, _ = desk.approved_asset(_LAUNCHED - 5 * DAY)
    _ready(desk, asset, desk.newer(asset, _LAUNCHED - 2 * HOUR))
    here = Terms(jurisdictions=with_member(desk.chance, _PLACES, desk.community.region))
    asset, version, _ = desk.approved_asset(_LAUNCHED - 2 * DAY, here)
    _ready(desk, asset, version)


def ended_after_the_launch(desk: GridDesk) -> None:
    """The validity ends a second after the launch; another approval is revoked a minute after it."""
    expiring, version, _ = desk.approved_asset(_LAUNCHED - 2 * DAY, Terms(valid_to=_LAUNCHED + 1))
    _taken_down(desk, _ready(desk, expiring, version))
    revoked, version, _ = desk.approved_asset(_LAUNCHED - 2 * DAY)
    _taken_down(desk, _ready(desk, revoked, version))
    revoked.revoke(_LAUNCHED + MINUTE, version)


def replaced_after_the_launch(desk: GridDesk) -> None:
    """A newer version is uploaded a minute after the launch, and nobody has approved it."""
    asset, version, _ = desk.approved_asset(_LAUNCHED - 2 * DAY)
    _ready(desk, asset, version)
    asset.upload(_LAUNCHED + MINUTE)


LAUNCH_LETTER_CAUSES: tuple[LaunchPlanter, ...] = (
    old_at_the_launch,
    old_weeks_after_the_launch,
    old_within_the_usual_grace,
    launched_into_a_template,
    launched_twice,
    newer_one_waits_for_approval,
    launched_a_second_later,
    launched_elsewhere,
    newer_than_the_launched_one,
    old_address_after_the_launch,
    nothing_approved_was_launched,
)
LAUNCH_VISUAL_CAUSES: tuple[GridPlanter, ...] = (
    approved_after_the_launch,
    ended_before_the_launch,
    approved_for_elsewhere,
    uploaded_after_the_launch,
    approved_just_before_the_launch,
    ended_after_the_launch,
    replaced_after_the_launch,
)
