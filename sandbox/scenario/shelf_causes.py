"""Causes of publications in communities whose region the approval does not allow.

Each planter writes a publication that makes its case true and says so; nothing here evaluates a rule.
"""

from sandbox.scenario import vocabulary
from sandbox.scenario.community_desk import office_instant
from sandbox.scenario.desk import with_member, without_members
from sandbox.scenario.events import Publish, Terms, Withdraw
from sandbox.scenario.grid_desk import GridDesk, GridPlanter
from sandbox.scenario.library import AssetHistory, Version
from sandbox.scenario.publication_verdicts import at_publication, of_publication_now
from sandbox.scenario.stages import DAY, END, HOUR
from sandbox.scenario.use_cause import NOT_ELIGIBLE

INELIGIBLE = "ctl_ineligible_community_assets"
_PLACES = tuple(vocabulary.JURISDICTIONS)
_NEARLY = (at_publication(NOT_ELIGIBLE), of_publication_now(NOT_ELIGIBLE))


def _for_others(desk: GridDesk) -> Terms:
    return Terms(jurisdictions=without_members(desk.chance, _PLACES, [desk.community.region]))


def _with_own(desk: GridDesk) -> Terms:
    return Terms(jurisdictions=with_member(desk.chance, _PLACES, desk.community.region))


def _approved_and_shown(desk: GridDesk, terms: Terms, until: int) -> tuple[AssetHistory, Version, Publish]:
    asset, version, approved = desk.approved_asset(until - 3 * DAY, terms)
    return asset, version, desk.publish(asset, version, approved, until)


def shown_where_not_approved(desk: GridDesk) -> None:
    """Approved for other regions than those of three communities that show it."""
    homes = list(desk.several(3))
    terms = Terms(jurisdictions=without_members(desk.chance, _PLACES, [home.region for home in homes]))
    asset, version, approved = desk.approved_asset(END - 8 * DAY, terms)
    for home in homes:
        desk.community = home
        shown = desk.publish(asset, version, approved, END)
        desk.holds(shown, at=NOT_ELIGIBLE, now=NOT_ELIGIBLE)
        desk.violates(INELIGIBLE, shown.publication_id)


def narrowed_after_showing(desk: GridDesk) -> None:
    """Approved for the region when it was shown; approved anew for others only, an hour or days ago."""
    narrowed = END - desk.pick((HOUR, 9 * DAY))
    asset, version, shown = _approved_and_shown(desk, _with_own(desk), narrowed)
    asset.approve(narrowed, version, _for_others(desk))
    desk.holds(shown, now=NOT_ELIGIBLE)
    desk.violates(INELIGIBLE, shown.publication_id)


def replaced_one_not_allowed(desk: GridDesk) -> None:
    """The version before was allowed in the region, the one that replaced it is not."""
    granted = END - desk.chance.randint(9 * DAY, 20 * DAY)
    asset, _, before = _approved_and_shown(desk, _with_own(desk), granted - 12 * HOUR)
    newer = desk.newer(asset, granted, _for_others(desk))
    shown = desk.publish(asset, newer, granted, END, replaces=before.publication_id)
    desk.holds(shown, at=NOT_ELIGIBLE, now=NOT_ELIGIBLE)
    desk.violates(INELIGIBLE, shown.publication_id)


def region_among_others(desk: GridDesk) -> None:
    """The regions of three communities that show it are those that the approval names."""
    homes = list(desk.several(3))
    terms = Terms(jurisdictions=tuple(sorted({home.region for home in homes})))
    asset, version, approved = desk.approved_asset(END - 8 * DAY, terms)
    for home in homes:
        desk.community = home
        shown = desk.publish(asset, version, approved, END)
        desk.nearly(shown, *_NEARLY)
        desk.misses(INELIGIBLE, shown.publication_id)


def allowed_everywhere(desk: GridDesk) -> None:
    """The approval names segments and no region: communities have no segment."""
    terms = Terms(segments=vocabulary.draw_set(desk.chance, vocabulary.SEGMENTS, 1, 2))
    _, _, shown = _approved_and_shown(desk, terms, END - desk.pick((HOUR, 20 * DAY)))
    desk.nearly(shown, *_NEARLY)
    desk.misses(INELIGIBLE, shown.publication_id)


def not_allowed_and_withdrawn(desk: GridDesk) -> None:
    """Approved for other regions, shown, and taken down again."""
    _, _, shown = _approved_and_shown(desk, _for_others(desk), END - 10 * DAY)
    at = office_instant(desk.chance, END - 10 * DAY, END)
    desk.events.append(Withdraw(at, shown.publication_id, desk.chance.choice(vocabulary.COMMUNITY_TEAM)))
    desk.holds(shown, at=NOT_ELIGIBLE)
    desk.misses(INELIGIBLE, shown.publication_id)


def widened_after_showing(desk: GridDesk) -> None:
    """Not allowed when it was shown; approved anew for the region an hour or days ago."""
    widened = END - desk.pick((HOUR, 9 * DAY))
    asset, version, shown = _approved_and_shown(desk, _for_others(desk), widened)
    asset.approve(widened, version, _with_own(desk))
    desk.holds(shown, at=NOT_ELIGIBLE)
    desk.nearly(shown, of_publication_now(NOT_ELIGIBLE))
    desk.misses(INELIGIBLE, shown.publication_id)


SHELF_CAUSES: tuple[GridPlanter, ...] = (
    shown_where_not_approved,
    narrowed_after_showing,
    replaced_one_not_allowed,
    region_among_others,
    allowed_everywhere,
    not_allowed_and_withdrawn,
    widened_after_showing,
)
