"""The causes of unanswered cases in partner communities: an asset was corrected after a partner reported it.

One function per cause, violations and near misses side by side, each saying what its own history makes
true at the end of the scenario. Nothing here evaluates a rule.
"""

from dataclasses import dataclass, replace

from sandbox.scenario.community_desk import CommunityDesk, PlantedCommunityCase, case_opening, office_instant
from sandbox.scenario.correction_kinds import REPLACEMENT_LINK
from sandbox.scenario.events import CloseCase, ForeignLink, NameReference, Reference, Terms
from sandbox.scenario.library import AssetHistory, Version
from sandbox.scenario.stages import COVERAGE_STARTS, DAY, END, HOUR, spread

UNANSWERED = "ctl_unanswered_corrected_cases"
UNRESOLVABLE = "ctl_cases_with_unresolvable_references"
STALE_LINKS = "ctl_case_answers_with_stale_links"


@dataclass(frozen=True, slots=True)
class _Corrected:
    """A case whose asset got a newer approved version after it was opened."""

    case_id: str
    asset: AssetHistory
    reported: Version
    corrected: Version
    opened_at: int
    granted_at: int


def _corrected(desk: CommunityDesk, terms: Terms | None = None) -> _Corrected:
    desk.terms = Terms()
    granted = END - desk.chance.randint(4 * DAY, 70 * DAY)
    uploaded, approved, opened = spread(
        desk.chance, 3, max(COVERAGE_STARTS + HOUR, granted - 40 * DAY), granted - 2 * DAY
    )
    asset = desk.library.new_asset()
    reported = asset.upload(uploaded)
    asset.approve(approved, reported, desk.terms)
    opened = office_instant(desk.chance, opened, opened + DAY + HOUR)
    case_id = desk.open_case(asset, reported, opened)
    corrected = desk.newer(asset, granted, terms)
    return _Corrected(case_id, asset, reported, corrected, opened, granted)


def _after(desk: CommunityDesk, instant: int) -> int:
    return office_instant(desk.chance, instant, min(END, instant + 10 * DAY))


def corrected_and_silent(desk: CommunityDesk) -> PlantedCommunityCase:
    """A corrected version is approved; nobody wrote."""
    case = _corrected(desk)
    return desk.found(UNANSWERED, case.case_id, is_violation=True, cured_by=REPLACEMENT_LINK)


def answered_with_stale_link(desk: CommunityDesk) -> PlantedCommunityCase:
    """The team answered, but with the link that was reported."""
    case = _corrected(desk)
    at = _after(desk, case.granted_at)
    desk.violates(STALE_LINKS, desk.post(case.case_id, at, "team", case.asset.link(case.reported, at)))
    return desk.found(UNANSWERED, case.case_id, is_violation=True, cured_by=REPLACEMENT_LINK)


def answered_without_link(desk: CommunityDesk) -> PlantedCommunityCase:
    """The team answered with words only."""
    case = _corrected(desk)
    desk.post(case.case_id, _after(desk, case.granted_at), "team", None)
    return desk.found(UNANSWERED, case.case_id, is_violation=True, cured_by=REPLACEMENT_LINK)


def partner_found_it(desk: CommunityDesk) -> PlantedCommunityCase:
    """The partner itself posted the new link; the team did not."""
    case = _corrected(desk)
    at = _after(desk, case.granted_at)
    desk.post(case.case_id, at, "partner", case.asset.link(case.corrected, at))
    return desk.found(UNANSWERED, case.case_id, is_violation=True, cured_by=REPLACEMENT_LINK)


def answered_with_another_asset(desk: CommunityDesk) -> PlantedCommunityCase:
    """The team posted the link of another asset, whose version number is higher."""
    case = _corrected(desk)
    other = desk.library.new_asset()
    version = other.upload(case.granted_at + desk.chance.randint(HOUR, 10 * HOUR))
    approved = version.uploaded_at + desk.chance.randint(HOUR, 10 * HOUR)
    other.approve(approved, version, Terms())
    at = office_instant(desk.chance, approved, END)
    desk.post(case.case_id, at, "team", other.link(version, at))
    return desk.found(UNANSWERED, case.case_id, is_violation=True, cured_by=REPLACEMENT_LINK)


def corrected_again(desk: CommunityDesk) -> PlantedCommunityCase:
    """Answered with the first correction, then corrected again: the link is stale now."""
    case = _corrected(desk)
    second = case.granted_at + 2 * DAY
    at = office_instant(desk.chance, case.granted_at, second)
    desk.post(case.case_id, at, "team", case.asset.link(case.corrected, at))
    desk.newer(case.asset, second + 12 * HOUR)
    return desk.found(UNANSWERED, case.case_id, is_violation=True, cured_by=REPLACEMENT_LINK)


def answered_with_correction(desk: CommunityDesk) -> PlantedCommunityCase:
    """The team posted the link of the corrected version after its approval."""
    case = _corrected(desk)
    at = _after(desk, case.granted_at)
    desk.post(case.case_id, at, "team", case.asset.link(case.corrected, at))
    return desk.found(UNANSWERED, case.case_id, is_violation=False)


def corrected_and_closed(desk: CommunityDesk) -> PlantedCommunityCase:
    """Corrected, never answered, but closed."""
    case = _corrected(desk)
    desk.events.append(CloseCase(_after(desk, case.granted_at), case.case_id))
    return desk.found(UNANSWERED, case.case_id, is_violation=False)


def nothing_newer(desk: CommunityDesk) -> PlantedCommunityCase:
    """The reported version is the newest one."""
    desk.terms = Terms()
    asset, version, approved = desk.approved_asset(END - 10 * DAY)
    case_id = desk.open_case(asset, version, office_instant(desk.chance, approved, END - DAY))
    return desk.found(UNANSWERED, case_id, is_violation=False)


def newer_before_opening(desk: CommunityDesk) -> PlantedCommunityCase:
    """The newer version was approved before the case was opened."""
    desk.terms = Terms()
    granted = END - desk.chance.randint(5 * DAY, 40 * DAY)
    asset, version, _ = desk.approved_asset(granted - 2 * DAY)
    desk.newer(asset, granted)
    case_id = desk.open_case(asset, version, office_instant(desk.chance, granted, END))
    return desk.found(UNANSWERED, case_id, is_violation=False)


def newer_unapproved_in_case(desk: CommunityDesk) -> PlantedCommunityCase:
    """A newer version was uploaded after the case was opened, but nobody approved it."""
    desk.terms = Terms()
    asset, version, approved = desk.approved_asset(END - 20 * DAY)
    opened = office_instant(desk.chance, approved, END - 10 * DAY)
    case_id = desk.open_case(asset, version, opened)
    asset.upload(opened + desk.chance.randint(HOUR, 9 * DAY))
    return desk.found(UNANSWERED, case_id, is_violation=False)


def correction_revoked(desk: CommunityDesk) -> PlantedCommunityCase:
    """The correction was approved and then revoked."""
    case = _corrected(desk)
    case.asset.revoke(case.granted_at + desk.chance.randint(HOUR, 3 * DAY), case.corrected)
    return desk.found(UNANSWERED, case.case_id, is_violation=False)


def correction_expired(desk: CommunityDesk) -> PlantedCommunityCase:
    """The correction's approval has ended."""
    case = _corrected(desk, Terms(valid_to=END - DAY))
    return desk.found(UNANSWERED, case.case_id, is_violation=False)


def unresolvable_reference(desk: CommunityDesk) -> PlantedCommunityCase:
    """The case refers to something that the media service never had; another asset was corrected."""
    case = _corrected(desk)
    desk.events.pop()
    unknown = desk.library.new_name(case.asset.product_line)
    references: tuple[Reference, ...] = (
        NameReference(unknown, case.reported.uploaded_at),
        ForeignLink("https://portal.partner.example/visual/77"),
    )
    opened = replace(
        case_opening(desk, case.case_id, case.asset, case.reported, case.opened_at), reference=desk.pick(references)
    )
    desk.events.append(opened)
    desk.violates(UNRESOLVABLE, case.case_id)
    return desk.found(UNANSWERED, case.case_id, is_violation=False)
