"""Causes of exceptions in partners' cases: references that name no asset, and answers with a link that was stale.

Each planter opens cases and writes messages so that its case is true and says so; nothing here evaluates a rule.
"""

from dataclasses import replace

from sandbox.scenario.case_causes import STALE_LINKS, UNRESOLVABLE
from sandbox.scenario.community_desk import case_opening, office_instant
from sandbox.scenario.desk import without_members
from sandbox.scenario.events import (
    CloseCase,
    ForeignAssetReference,
    ForeignLink,
    NameReference,
    Reference,
    Terms,
)
from sandbox.scenario.grid_desk import GridDesk, GridPlanter
from sandbox.scenario.library import AssetHistory, Version
from sandbox.scenario.stages import DAY, END, HOUR
from sandbox.scenario.vocabulary import JURISDICTIONS

_OPENED = END - 8 * DAY
_POSTED = END - 6 * DAY


def _open(desk: GridDesk, asset: AssetHistory, version: Version, reference: Reference, at: int = _OPENED) -> str:
    """A partner opens a case about exactly this reference."""
    opened = case_opening(desk, desk.numbers.draw("CASE"), asset, version, at)
    desk.events.append(replace(opened, reference=reference))
    return opened.case_id


# --- references that name no asset --------------------------------------------------------------------


def names_nothing_we_have(desk: GridDesk) -> None:
    """An asset id and a name that the media service never had, and an address that is none of its own."""
    asset, version, _ = desk.approved_asset(_OPENED - DAY)
    unknown = desk.library.new_name(asset.product_line)
    handle = f"{desk.chance.getrandbits(128):032x}"
    for reference in (
        ForeignAssetReference(handle, version.uploaded_at, "0" * 32),
        NameReference(unknown, version.uploaded_at),
        ForeignLink("https://portal.partner.example/visual/78"),
    ):
        desk.violates(UNRESOLVABLE, _open(desk, asset, version, reference))


def names_what_it_was_called_before(desk: GridDesk) -> None:
    """The name was given up a day before the case was opened; a case opened a day before that still means it."""
    renamed = _OPENED - DAY
    asset, version, _ = desk.approved_asset(renamed - 3 * DAY)
    old = asset.by_name(version, renamed - DAY)
    asset.rename(renamed, desk.library.new_name(asset.product_line))
    desk.violates(UNRESOLVABLE, _open(desk, asset, version, old))
    desk.misses(UNRESOLVABLE, _open(desk, asset, version, old, renamed - DAY))
    desk.misses(UNRESOLVABLE, _open(desk, asset, version, asset.by_name(version, _OPENED)))


def names_what_is_there(desk: GridDesk) -> None:
    """By asset id, and by a link; by the id of an asset that was deleted since; and nothing, in a closed case."""
    asset, version, _ = desk.approved_asset(_OPENED - DAY)
    for reference in (asset.by_bytes(version, has_etag=False), asset.link(version, _OPENED)):
        desk.misses(UNRESOLVABLE, _open(desk, asset, version, reference))
    gone, its_version, _ = desk.approved_asset(_OPENED - DAY)
    desk.misses(UNRESOLVABLE, _open(desk, gone, its_version, gone.by_bytes(its_version, has_etag=False)))
    gone.delete(END - 2 * DAY)
    unknown = NameReference(desk.library.new_name(asset.product_line), version.uploaded_at)
    closed = _open(desk, asset, version, unknown)
    desk.events.append(CloseCase(office_instant(desk.chance, _OPENED, END), closed))
    desk.misses(UNRESOLVABLE, closed)


# --- stale links --------------------------------------------------------------------------------------


def _two_versions(desk: GridDesk, terms: Terms | None = None) -> tuple[AssetHistory, Version, Version]:
    """An asset whose newer version was approved days before a case is opened."""
    asset, old, _ = desk.approved_asset(_OPENED - 6 * DAY)
    return asset, old, desk.newer(asset, _OPENED - 3 * DAY, terms)


def _case_about(desk: GridDesk, asset: AssetHistory, version: Version) -> str:
    return _open(desk, asset, version, asset.by_bytes(version, has_etag=False))


def sent_the_old_link_again(desk: GridDesk) -> None:
    """Three partners report the old version, and the team sends each the old version's link."""
    asset, old, _ = _two_versions(desk)
    for _ in desk.several(3):
        case = _case_about(desk, asset, old)
        desk.violates(STALE_LINKS, desk.post(case, _POSTED, "team", asset.link(old, _POSTED)))


def sent_the_old_link_then_the_new(desk: GridDesk) -> None:
    """The old version's link first, the new one's a day later; the partner posts the old one once more."""
    asset, old, new = _two_versions(desk)
    case = _case_about(desk, asset, old)
    desk.violates(STALE_LINKS, desk.post(case, _POSTED, "team", asset.link(old, _POSTED)))
    desk.misses(STALE_LINKS, desk.post(case, _POSTED + DAY, "team", asset.link(new, _POSTED)))
    desk.misses(STALE_LINKS, desk.post(case, _POSTED + 2 * DAY, "partner", asset.link(old, _POSTED)))


def newer_one_cannot_be_sent(desk: GridDesk) -> None:
    """A newer version is not approved, revoked before the answer, or approved for other regions only."""
    places = tuple(JURISDICTIONS)
    others = Terms(jurisdictions=without_members(desk.chance, places, [desk.community.region]))
    unapproved, old, _ = desk.approved_asset(_OPENED - 6 * DAY)
    unapproved.upload(_OPENED - 3 * DAY)
    revoked, its_old, its_new = _two_versions(desk)
    revoked.revoke(_POSTED - HOUR, its_new)
    elsewhere, kept, _ = _two_versions(desk, others)
    for asset, version in ((unapproved, old), (revoked, its_old), (elsewhere, kept)):
        case = _case_about(desk, asset, version)
        desk.misses(STALE_LINKS, desk.post(case, _POSTED, "team", asset.link(version, _POSTED)))


def approved_an_hour_later(desk: GridDesk) -> None:
    """The newer version is approved an hour after the answer; another answer comes an hour after it."""
    asset, old, _ = desk.approved_asset(_OPENED - DAY)
    case = _case_about(desk, asset, old)
    desk.misses(STALE_LINKS, desk.post(case, _POSTED, "team", asset.link(old, _POSTED)))
    desk.newer(asset, _POSTED + HOUR)
    desk.violates(STALE_LINKS, desk.post(case, _POSTED + 2 * HOUR, "team", asset.link(old, _POSTED)))
    desk.events.append(CloseCase(_POSTED + DAY, case))


def links_no_version(desk: GridDesk) -> None:
    """The link names no version: what it delivers is the newest one."""
    asset, old, _ = _two_versions(desk)
    case = _case_about(desk, asset, old)
    desk.misses(STALE_LINKS, desk.post(case, _POSTED, "team", asset.link(None, _POSTED)))


THREAD_CAUSES: tuple[GridPlanter, ...] = (
    names_nothing_we_have,
    names_what_it_was_called_before,
    names_what_is_there,
    sent_the_old_link_again,
    sent_the_old_link_then_the_new,
    newer_one_cannot_be_sent,
    approved_an_hour_later,
    links_no_version,
)
