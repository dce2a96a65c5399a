"""Causes of verdicts of publications that no other case makes, and near misses of each.

Each planter shows something whose verdict its own history makes true, and says it; what would violate a control beside
it is taken down after an hour, so that only the verdict is left. Nothing here evaluates a rule.
"""

from sandbox.scenario import vocabulary
from sandbox.scenario.audit_controls import AFTER_END, BEFORE_APPROVAL
from sandbox.scenario.correction_kinds import REPUBLISH
from sandbox.scenario.events import Publish, Terms, Withdraw
from sandbox.scenario.grid_desk import GridDesk, GridPlanter
from sandbox.scenario.library import AssetHistory, Version
from sandbox.scenario.publication_causes import OUTDATED
from sandbox.scenario.publication_verdicts import at_publication, of_publication_now
from sandbox.scenario.stages import (
    COVERAGE_STARTS,
    DAY,
    END,
    GRACE_CHANGES,
    GRACE_DAYS_AFTER_CHANGE,
    GRACE_DAYS_BEFORE_CHANGE,
    HOUR,
    MINUTE,
    STAGES,
    START,
    instant,
    spread,
    stage_end,
)
from sandbox.scenario.use_cause import (
    AMBIGUOUS,
    EXPIRED,
    NO_EVIDENCE,
    NOT_APPROVED,
    PROVEN,
    PROVEN_LATE,
    SUPERSEDED,
)

_DAY = instant("2026-04-21T10:00:00+00:00")
_OLD_GRACE = GRACE_DAYS_BEFORE_CHANGE * DAY
_GRACE = GRACE_DAYS_AFTER_CHANGE * DAY
_NOT_ORDERED = (-2, -1, 0, 1)
"""Seconds after which a showing is neither before nor after what Cloudinary's clock measured."""


def _shown_for_an_hour(desk: GridDesk, asset: AssetHistory, version: Version, at: int) -> Publish:
    shown = desk.shown(asset, version, at)
    desk.events.append(Withdraw(at + HOUR, shown.publication_id, desk.chance.choice(vocabulary.COMMUNITY_TEAM)))
    return shown


# --- superseded or expired ----------------------------------------------------------------------------


def shown_beside_a_newer_version(desk: GridDesk) -> None:
    """Shown an hour and days longer than the grace of that day after the newer version, and an hour and days less."""
    for granted, violating, missing in (
        (_DAY - 32 * DAY, (_GRACE + HOUR, _GRACE + 5 * DAY, 30 * DAY), (_GRACE - HOUR, 2 * DAY)),
        (
            GRACE_CHANGES - 17 * DAY,
            (_OLD_GRACE + HOUR, _OLD_GRACE + 2 * DAY),
            (_OLD_GRACE - HOUR, _GRACE + HOUR, _GRACE + 3 * DAY),
        ),
    ):
        asset, version, _ = desk.approved_asset(granted - DAY)
        desk.newer(asset, granted)
        for since in violating:
            desk.holds(_shown_for_an_hour(desk, asset, version, granted + since), at=SUPERSEDED)
        for since in missing:
            desk.nearly(_shown_for_an_hour(desk, asset, version, granted + since), at_publication(SUPERSEDED))


def shown_around_the_end_of_its_validity(desk: GridDesk) -> None:
    """Shown a second, a minute and a day after the end of its validity, and as long before it."""
    asset, version, _ = desk.approved_asset(_DAY - 3 * DAY, Terms(valid_to=_DAY))
    for seconds in (1, MINUTE, DAY):
        late = _shown_for_an_hour(desk, asset, version, _DAY + seconds)
        desk.holds(late, at=EXPIRED)
        desk.violates(AFTER_END, late.publication_id)
        in_time = _shown_for_an_hour(desk, asset, version, _DAY - seconds)
        desk.nearly(in_time, at_publication(EXPIRED))
        desk.misses(AFTER_END, in_time.publication_id)


def shown_on_past_the_grace(desk: GridDesk) -> None:
    """Shown to the end, a quarter of an hour longer beside the newer version than the grace."""
    granted = END - _GRACE - 15 * MINUTE
    asset, version, _ = desk.approved_asset(granted - 2 * DAY)
    shown = desk.shown(asset, version, granted - DAY)
    desk.newer(asset, granted)
    desk.holds(shown, now=SUPERSEDED)
    desk.cured(OUTDATED, shown.publication_id, REPUBLISH)


def shown_on_past_its_end(desk: GridDesk) -> None:
    """Shown to the end, which is that of its validity, too."""
    asset, version, _ = desk.approved_asset(_DAY - 3 * DAY, Terms(valid_to=END))
    shown = desk.shown(asset, version, _DAY)
    desk.holds(shown, now=EXPIRED)
    desk.violates(OUTDATED, shown.publication_id)


def valid_for_an_hour_more(desk: GridDesk) -> None:
    """What is shown at the end, in three places, is approved for an hour more."""
    asset, version, _ = desk.approved_asset(_DAY - 3 * DAY, Terms(valid_to=END + HOUR))
    for _ in desk.several(3):
        desk.nearly(desk.shown(asset, version, _DAY), of_publication_now(EXPIRED))


# --- within what two clocks may be apart --------------------------------------------------------------


def shown_as_it_was_approved(desk: GridDesk) -> None:
    """Shown so near the approval that nobody knows which came first; three seconds before it, and two or more after."""
    asset = desk.library.new_asset()
    version = asset.upload(_DAY - DAY)
    asset.approve(_DAY, version, desk.terms)
    for after in _NOT_ORDERED:
        desk.holds(_shown_for_an_hour(desk, asset, version, _DAY + after), at=AMBIGUOUS)
    for after in (2, 3, 4):
        shown = _shown_for_an_hour(desk, asset, version, _DAY + after)
        desk.nearly(shown, at_publication(AMBIGUOUS), at_publication(NOT_APPROVED))
    shown = _shown_for_an_hour(desk, asset, version, _DAY - 3)
    desk.holds(shown, at=NOT_APPROVED)
    desk.nearly(shown, at_publication(AMBIGUOUS))
    desk.violates(BEFORE_APPROVAL, shown.publication_id)


def shown_as_it_was_revoked(desk: GridDesk) -> None:
    """Shown so near the revocation that nobody knows which came first; three seconds before it, and two after it."""
    asset, version, _ = desk.approved_asset(_DAY - DAY)
    asset.revoke(_DAY, version)
    for after in _NOT_ORDERED:
        desk.holds(_shown_for_an_hour(desk, asset, version, _DAY + after), at=AMBIGUOUS)
    before = _shown_for_an_hour(desk, asset, version, _DAY - 3)
    desk.nearly(before, at_publication(AMBIGUOUS), at_publication(NOT_APPROVED))
    shown = _shown_for_an_hour(desk, asset, version, _DAY + 2)
    desk.holds(shown, at=NOT_APPROVED)
    desk.nearly(shown, at_publication(AMBIGUOUS))
    desk.violates(AFTER_END, shown.publication_id)


def approved_as_the_scenario_ends(desk: GridDesk) -> None:
    """Shown without an approval, which comes a second before the end, and two before it; minutes later it is there."""
    for before in (1, 2):
        asset = desk.library.new_asset()
        version = asset.upload(END - 3 * DAY)
        asset.approve(END - before, version, desk.terms)
        for hours in range(5):
            shown = desk.shown(asset, version, END - 2 * DAY - hours * HOUR)
            desk.holds(shown, at=NOT_APPROVED, now=AMBIGUOUS if before == 1 else PROVEN, later=PROVEN)
            if before > 1:
                desk.nearly(shown, of_publication_now(AMBIGUOUS), of_publication_now(NOT_APPROVED))
            desk.violates(BEFORE_APPROVAL, shown.publication_id)


# --- what is known, and since when --------------------------------------------------------------------


def older_than_coverage(desk: GridDesk) -> None:
    """Uploaded before anybody was told of changes; shown before that, too, or to the end; approved before or since."""
    for is_approved_since in (False, True):
        asset = desk.library.new_asset()
        uploaded, approved = spread(desk.chance, 2, START + HOUR, COVERAGE_STARTS - 2 * DAY)
        version = asset.upload(uploaded)
        asset.approve(approved, version, desk.terms)
        if is_approved_since:
            asset.approve(_DAY - DAY, version, Terms(valid_from=COVERAGE_STARTS))
        for before in (6 * HOUR, DAY):
            shown = _shown_for_an_hour(desk, asset, version, COVERAGE_STARTS - before)
            desk.holds(shown, at=NO_EVIDENCE)
        for hours in range(3):
            shown = desk.shown(asset, version, _DAY + hours * HOUR)
            desk.holds(shown, at=NO_EVIDENCE, now=NO_EVIDENCE)


def just_within_coverage(desk: GridDesk) -> None:
    """Uploaded, approved and shown within minutes after changes began to be told of, and shown to the end."""
    asset = desk.library.new_asset()
    version = asset.upload(COVERAGE_STARTS + 5)
    asset.approve(COVERAGE_STARTS + 45, version, desk.terms)
    for minutes in (2, 4, 6, 8, 10):
        shown = desk.shown(asset, version, COVERAGE_STARTS + minutes * MINUTE)
        desk.nearly(shown, at_publication(NO_EVIDENCE), of_publication_now(NO_EVIDENCE))


def recorded_about_a_day_later(desk: GridDesk) -> None:
    """Recorded as its stage ends: hours later, a quarter of an hour less than a day later, and as much more."""
    asset, version, _ = desk.approved_asset(stage_end(1) - 2 * DAY)
    for stage in STAGES:
        for later in (3 * HOUR, DAY - 15 * MINUTE, DAY + 15 * MINUTE):
            shown = desk.shown(asset, version, stage_end(stage) - later)
            desk.holds(shown, at=PROVEN if later <= DAY else PROVEN_LATE)
            desk.nearly(shown, at_publication(PROVEN_LATE if later <= DAY else PROVEN))


def approval_told_later(desk: GridDesk) -> None:
    """Recorded on the day on which it was shown; its approval was told of a month later."""
    asset = desk.library.new_asset()
    version = asset.upload(stage_end(2) - 3 * DAY)
    asset.approve(stage_end(2) - DAY, version, desk.terms, told_after=40 * DAY)
    for hours in (2, 5):
        shown = desk.shown(asset, version, stage_end(2) - hours * HOUR)
        desk.holds(shown, at=PROVEN_LATE)
        desk.nearly(shown, at_publication(PROVEN))


PUBLICATION_VERDICT_CAUSES: tuple[GridPlanter, ...] = (
    shown_beside_a_newer_version,
    shown_around_the_end_of_its_validity,
    shown_on_past_the_grace,
    shown_on_past_its_end,
    valid_for_an_hour_more,
    shown_as_it_was_approved,
    shown_as_it_was_revoked,
    approved_as_the_scenario_ends,
    older_than_coverage,
    just_within_coverage,
    recorded_about_a_day_later,
    approval_told_later,
)
