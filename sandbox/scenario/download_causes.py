"""Causes of downloads that were not approved for the partner or its market, and near misses of them.

Each planter shows something in a community, lets a partner download it, and says what that makes true; what should not
be shown is taken down afterwards, so that nothing but the download is left. Nothing here evaluates a rule.
"""

from sandbox.scenario import vocabulary
from sandbox.scenario.audit_controls import BEFORE_APPROVAL, NEVER_SHARED
from sandbox.scenario.desk import with_member, without_members
from sandbox.scenario.events import Access, JoinCommunity, Publish, Terms, Withdraw
from sandbox.scenario.grid_desk import GridDesk, GridPlanter
from sandbox.scenario.library import AssetHistory, Version
from sandbox.scenario.publication_verdicts import at_publication
from sandbox.scenario.stages import DAY, END, HOUR, MINUTE
from sandbox.scenario.use_cause import NOT_APPROVED, NOT_ELIGIBLE, SUPERSEDED

DOWNLOADS = "ctl_downloads_of_unapproved_assets"
_DOWNLOADED = END - 9 * DAY
_PLACES = tuple(vocabulary.JURISDICTIONS)


def _downloaded(desk: GridDesk, shown: Publish, at: int, *, action: str = "downloaded") -> str:
    access = desk.numbers.draw("ACC")
    desk.events.append(Access(at, access, shown.publication_id, desk.partner, action))
    return access


def _taken_down(desk: GridDesk, shown: Publish, at: int) -> None:
    desk.events.append(Withdraw(at, shown.publication_id, desk.chance.choice(vocabulary.COMMUNITY_TEAM)))


def _shown_for_a_while(desk: GridDesk, asset: AssetHistory, version: Version) -> Publish:
    """Shown from a day before the download to an hour after it."""
    shown = desk.shown(asset, version, _DOWNLOADED - DAY)
    _taken_down(desk, shown, _DOWNLOADED + HOUR)
    return shown


# --- downloads ----------------------------------------------------------------------------------------


def downloaded_before_approval(desk: GridDesk) -> None:
    """Approved never, and a minute or a day after the download; and opened, but not downloaded, before it."""
    for late in (None, MINUTE, DAY):
        asset = desk.library.new_asset()
        version = asset.upload(_DOWNLOADED - 3 * DAY)
        if late:
            asset.approve(_DOWNLOADED + late, version, desk.terms)
        shown = _shown_for_a_while(desk, asset, version)
        desk.holds(shown, at=NOT_APPROVED)
        desk.violates(BEFORE_APPROVAL, shown.publication_id)
        desk.violates(DOWNLOADS, _downloaded(desk, shown, _DOWNLOADED))
        desk.misses(DOWNLOADS, _downloaded(desk, shown, _DOWNLOADED - HOUR, action="opened"))


def downloaded_after_the_end(desk: GridDesk) -> None:
    """Downloaded at the very end of the validity, and an hour after the revocation; and a second or an hour before."""
    for early in (0, 1):
        expiring, version, _ = desk.approved_asset(_DOWNLOADED - 2 * DAY, Terms(valid_to=_DOWNLOADED))
        download = _downloaded(desk, _shown_for_a_while(desk, expiring, version), _DOWNLOADED - early)
        desk.says(DOWNLOADS, download, is_violation=not early)
    for late in (HOUR, -HOUR):
        revoked, version, _ = desk.approved_asset(_DOWNLOADED - 2 * DAY)
        revoked.revoke(_DOWNLOADED - late, version)
        download = _downloaded(desk, _shown_for_a_while(desk, revoked, version), _DOWNLOADED)
        desk.says(DOWNLOADS, download, is_violation=late > 0)


def downloaded_in_another_market(desk: GridDesk) -> None:
    """Approved for other regions than the community's, and for its region among others."""
    here = desk.community.region
    for terms in (
        Terms(jurisdictions=without_members(desk.chance, _PLACES, [here])),
        Terms(jurisdictions=with_member(desk.chance, _PLACES, here)),
    ):
        asset, version, _ = desk.approved_asset(_DOWNLOADED - 2 * DAY, terms)
        shown = _shown_for_a_while(desk, asset, version)
        if here in terms.jurisdictions:
            desk.nearly(shown, at_publication(NOT_ELIGIBLE))
        else:
            desk.holds(shown, at=NOT_ELIGIBLE)
        download = _downloaded(desk, shown, _DOWNLOADED)
        desk.says(DOWNLOADS, download, is_violation=here not in terms.jurisdictions)


def downloaded_by_a_stranger(desk: GridDesk) -> None:
    """A partner of other communities downloads it, and a partner of this one."""
    asset, version, _ = desk.approved_asset(_DOWNLOADED - 2 * DAY)
    shown = _shown_for_a_while(desk, asset, version)
    desk.misses(DOWNLOADS, _downloaded(desk, shown, _DOWNLOADED))
    with desk.as_stranger():
        download = _downloaded(desk, shown, _DOWNLOADED)
        desk.violates(DOWNLOADS, download)
        desk.violates(NEVER_SHARED, download)


def downloaded_by_who_had_left(desk: GridDesk) -> None:
    """A partner joined for some days: its membership was made inactive between two downloads."""
    asset, version, _ = desk.approved_asset(_DOWNLOADED - 2 * DAY)
    shown = _shown_for_a_while(desk, asset, version)
    with desk.as_stranger() as partner:
        community = desk.community.community_id
        desk.events.append(JoinCommunity(_DOWNLOADED - 3 * DAY, community, partner))
        desk.change(_DOWNLOADED, "members", f"{community}:{partner}", status="Inactive")
        in_time = _downloaded(desk, shown, _DOWNLOADED - MINUTE)
        too_late = _downloaded(desk, shown, _DOWNLOADED + MINUTE)
    for control in (DOWNLOADS, NEVER_SHARED):
        desk.misses(control, in_time)
        desk.violates(control, too_late)


def downloaded_though_superseded(desk: GridDesk) -> None:
    """A newer version is approved for weeks: what was downloaded is old, and still approved."""
    asset, version, _ = desk.approved_asset(_DOWNLOADED - 25 * DAY)
    desk.newer(asset, _DOWNLOADED - 20 * DAY)
    shown = _shown_for_a_while(desk, asset, version)
    desk.holds(shown, at=SUPERSEDED)
    desk.misses(DOWNLOADS, _downloaded(desk, shown, _DOWNLOADED))


DOWNLOAD_CAUSES: tuple[GridPlanter, ...] = (
    downloaded_before_approval,
    downloaded_after_the_end,
    downloaded_in_another_market,
    downloaded_by_a_stranger,
    downloaded_by_who_had_left,
    downloaded_though_superseded,
)
