"""The causes of outdated publications in partner communities.

One function per cause, violations and near misses side by side, each saying what its own history makes
true at the end of the scenario. Nothing here evaluates a rule.
"""

from dataclasses import replace

from sandbox.scenario import vocabulary
from sandbox.scenario.audit_controls import BEFORE_APPROVAL
from sandbox.scenario.community_desk import CommunityDesk, PlantedCommunityCase, office_instant
from sandbox.scenario.correction_kinds import REPUBLISH
from sandbox.scenario.desk import with_member, without_members
from sandbox.scenario.events import DeletePublication, Terms, Withdraw
from sandbox.scenario.publication_verdicts import of_publication_now
from sandbox.scenario.stages import DAY, END, GRACE_DAYS_AFTER_CHANGE, HOUR, STAGES, stage_start
from sandbox.scenario.use_cause import EXPIRED, NOT_APPROVED, SUPERSEDED

OUTDATED = "ctl_outdated_community_assets"
GRACE_AT_END = GRACE_DAYS_AFTER_CHANGE * DAY


def _long_superseded(desk: CommunityDesk) -> int:
    return END - GRACE_AT_END - desk.chance.randint(2 * DAY, 30 * DAY)


def superseded_publication(desk: CommunityDesk) -> PlantedCommunityCase:
    """A newer approved version is in force for days longer than the grace; the old one is still shown."""
    granted = _long_superseded(desk)
    asset, version, approved = desk.approved_asset(granted - 3 * DAY)
    shown = desk.publish(asset, version, approved, granted - DAY // 2)
    desk.newer(asset, granted)
    desk.holds(shown, now=SUPERSEDED)
    return desk.found(OUTDATED, shown.publication_id, is_violation=True, cured_by=REPUBLISH)


def superseded_by_an_hour(desk: CommunityDesk) -> PlantedCommunityCase:
    """A newer approved version is in force for an hour longer than the grace."""
    granted = END - GRACE_AT_END - HOUR
    asset, version, approved = desk.approved_asset(granted - 3 * DAY)
    shown = desk.publish(asset, version, approved, granted - DAY // 2)
    desk.newer(asset, granted)
    desk.holds(shown, now=SUPERSEDED)
    return desk.found(OUTDATED, shown.publication_id, is_violation=True, cured_by=REPUBLISH)


def expired_without_successor(desk: CommunityDesk) -> PlantedCommunityCase:
    """The approval ended an hour to a month ago; there is nothing newer."""
    ended = END - desk.pick((HOUR, 4 * DAY, 30 * DAY))
    asset, version, approved = desk.approved_asset(ended - 3 * DAY, replace(desk.terms, valid_to=ended))
    shown = desk.publish(asset, version, approved, ended)
    desk.holds(shown, now=EXPIRED)
    return desk.found(OUTDATED, shown.publication_id, is_violation=True)


def expired_with_successor(desk: CommunityDesk) -> PlantedCommunityCase:
    """The approval ended; a newer version was approved days ago."""
    ended = END - desk.chance.randint(DAY, 20 * DAY)
    asset, version, approved = desk.approved_asset(ended - 3 * DAY, replace(desk.terms, valid_to=ended))
    shown = desk.publish(asset, version, approved, ended - DAY)
    desk.newer(asset, ended - 10 * HOUR, replace(desk.terms, valid_to=END + 200 * DAY))
    desk.holds(shown, now=EXPIRED)
    return desk.found(OUTDATED, shown.publication_id, is_violation=True, cured_by=REPUBLISH)


def revoked_without_successor(desk: CommunityDesk) -> PlantedCommunityCase:
    """The approval was revoked after publication; there is nothing newer."""
    revoked = END - desk.chance.randint(HOUR, 30 * DAY)
    asset, version, approved = desk.approved_asset(revoked - 3 * DAY)
    shown = desk.publish(asset, version, approved, revoked)
    asset.revoke(revoked, version)
    desk.holds(shown, now=NOT_APPROVED)
    return desk.found(OUTDATED, shown.publication_id, is_violation=True)


def revoked_with_successor(desk: CommunityDesk) -> PlantedCommunityCase:
    """The approval was revoked after publication; a newer version is approved."""
    revoked = END - desk.chance.randint(2 * DAY, 30 * DAY)
    asset, version, approved = desk.approved_asset(revoked - 3 * DAY)
    shown = desk.publish(asset, version, approved, revoked)
    asset.revoke(revoked, version)
    desk.newer(asset, revoked + DAY)
    desk.holds(shown, now=NOT_APPROVED)
    return desk.found(OUTDATED, shown.publication_id, is_violation=True, cured_by=REPUBLISH)


def published_unapproved(desk: CommunityDesk) -> PlantedCommunityCase:
    """Nobody ever approved what is shown."""
    uploaded = desk.steps(1, END - 3 * DAY)[0]
    asset = desk.library.new_asset()
    version = asset.upload(uploaded)
    shown = desk.publish(asset, version, uploaded, END - HOUR)
    desk.violates(BEFORE_APPROVAL, shown.publication_id)
    desk.holds(shown, at=NOT_APPROVED, now=NOT_APPROVED)
    return desk.found(OUTDATED, shown.publication_id, is_violation=True)


def superseded_inside_grace(desk: CommunityDesk) -> PlantedCommunityCase:
    """A newer approved version is in force for two days less than the grace."""
    granted = END - GRACE_AT_END + 2 * DAY
    asset, version, approved = desk.approved_asset(granted - 3 * DAY)
    shown = desk.publish(asset, version, approved, granted)
    desk.newer(asset, granted)
    desk.nearly(shown, of_publication_now(SUPERSEDED))
    return desk.found(OUTDATED, shown.publication_id, is_violation=False)


def superseded_and_withdrawn(desk: CommunityDesk) -> PlantedCommunityCase:
    """Superseded for long, but taken down."""
    granted = _long_superseded(desk)
    asset, version, approved = desk.approved_asset(granted - 3 * DAY)
    shown = desk.publish(asset, version, approved, granted - DAY // 2)
    desk.newer(asset, granted)
    at = office_instant(desk.chance, granted, END)
    desk.events.append(Withdraw(at, shown.publication_id, desk.chance.choice(vocabulary.COMMUNITY_TEAM)))
    return desk.found(OUTDATED, shown.publication_id, is_violation=False)


def superseded_and_deleted(desk: CommunityDesk) -> PlantedCommunityCase:
    """Superseded for long, but deleted a stage after it was told of: only a full listing shows that it is gone."""
    last = stage_start(STAGES[-1])
    granted = last - desk.chance.randint(6 * DAY, 10 * DAY)
    asset, version, approved = desk.approved_asset(granted - 3 * DAY)
    shown = desk.publish(asset, version, approved, granted - DAY // 2)
    desk.newer(asset, granted)
    desk.events.append(DeletePublication(office_instant(desk.chance, last + DAY, END - DAY), shown.publication_id))
    return desk.found(OUTDATED, shown.publication_id, is_violation=False)


def superseded_and_replaced(desk: CommunityDesk) -> PlantedCommunityCase:
    """Superseded for long, but replaced by the newer version."""
    granted = _long_superseded(desk)
    asset, version, approved = desk.approved_asset(granted - 3 * DAY)
    old = desk.publish(asset, version, approved, granted - DAY // 2)
    newer = desk.newer(asset, granted)
    new = desk.publish(asset, newer, granted, END, replaces=old.publication_id)
    return desk.found(OUTDATED, desk.pick((old, new)).publication_id, is_violation=False)


def newer_publication_candidate_unapproved(desk: CommunityDesk) -> PlantedCommunityCase:
    """A newer version is there for long, but nobody approved it."""
    uploaded = _long_superseded(desk)
    asset, version, approved = desk.approved_asset(uploaded - 3 * DAY)
    shown = desk.publish(asset, version, approved, uploaded)
    asset.upload(uploaded)
    desk.nearly(shown, of_publication_now(SUPERSEDED))
    return desk.found(OUTDATED, shown.publication_id, is_violation=False)


def newer_publication_candidate_revoked(desk: CommunityDesk) -> PlantedCommunityCase:
    """A newer version was approved for long, and revoked again."""
    granted = _long_superseded(desk)
    asset, version, approved = desk.approved_asset(granted - 3 * DAY)
    shown = desk.publish(asset, version, approved, granted - DAY // 2)
    asset.revoke(granted + desk.chance.randint(HOUR, 8 * DAY), desk.newer(asset, granted))
    desk.nearly(shown, of_publication_now(SUPERSEDED))
    return desk.found(OUTDATED, shown.publication_id, is_violation=False)


def newer_for_other_regions(desk: CommunityDesk) -> PlantedCommunityCase:
    """A newer version is approved for long, but not for the community's region."""
    granted = _long_superseded(desk)
    places = tuple(vocabulary.JURISDICTIONS)
    region = desk.community.region
    desk.terms = Terms(jurisdictions=with_member(desk.chance, places, region))
    asset, version, approved = desk.approved_asset(granted - 3 * DAY)
    shown = desk.publish(asset, version, approved, granted - DAY // 2)
    desk.newer(asset, granted, Terms(jurisdictions=without_members(desk.chance, places, [region])))
    desk.nearly(shown, of_publication_now(SUPERSEDED))
    return desk.found(OUTDATED, shown.publication_id, is_violation=False)


def expires_soon(desk: CommunityDesk) -> PlantedCommunityCase:
    """The approval ends two days after the end of the scenario."""
    terms = replace(desk.terms, valid_to=END + 2 * DAY)
    asset, version, approved = desk.approved_asset(END - 5 * DAY, terms)
    shown = desk.publish(asset, version, approved, END)
    desk.nearly(shown, of_publication_now(EXPIRED))
    return desk.found(OUTDATED, shown.publication_id, is_violation=False)
