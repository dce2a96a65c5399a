"""Causes of verdicts over exposure that rest on what is known and since when, and near misses of each.

Here belong links behind which nothing unapproved comes: their letter is recorded in time or late, their exposure is
over or open when the scenario ends, their address serves nothing any more. Nothing here evaluates a rule.
"""

from sandbox.scenario.desk import PlantedUse, UseDesk
from sandbox.scenario.exposure_desk import DIGITAL, exposed, linked, two_approved
from sandbox.scenario.stages import (
    CDN_SECONDS,
    CLOCK_SECONDS,
    DAY,
    END,
    HOUR,
    MINUTE,
    exposure_seconds,
    stage_end,
)
from sandbox.scenario.use_cause import NO_EVIDENCE, NOT_APPROVED, PROVEN, PROVEN_LATE, Cause, over_exposure

# --- PROVEN_LATE --------------------------------------------------------------------------------------


def link_recorded_late(desk: UseDesk) -> PlantedUse:
    """Composed a minute, ten minutes or an hour more than a day before its stage is recorded."""
    _composed(desk, DAY + desk.pick((MINUTE, 10 * MINUTE, HOUR)), in_time=False)
    asset, version = desk.approved_asset()
    return linked(desk, asset, version, PROVEN_LATE)


def link_recorded_just_in_time(desk: UseDesk) -> PlantedUse:
    """Composed a minute, ten minutes or an hour less than a day before its stage is recorded."""
    _composed(desk, DAY - desk.pick((MINUTE, 10 * MINUTE, HOUR)), in_time=True)
    asset, version = desk.approved_asset()
    return linked(desk, asset, version, PROVEN)


def link_recorded_in_time_and_overwritten(desk: UseDesk) -> PlantedUse:
    """The same, and overwritten by other approved bytes before it was recorded, or days after."""
    _composed(desk, DAY - MINUTE, in_time=True)
    asset, version, other = two_approved(desk, desk.terms)
    asset.upload(desk.at + desk.pick((3 * HOUR, DAY - 2 * MINUTE, 3 * DAY)), other.content)
    return linked(desk, asset, version, PROVEN)


def _composed(desk: UseDesk, before: int, *, in_time: bool) -> None:
    """Meet so many seconds before the end of a stage whose exposures are over before the scenario is."""
    desk.channel = desk.pick(DIGITAL)
    desk.meet_at(stage_end(desk.pick((1, 2, 3))) - before, in_time=in_time)


# --- NO_EVIDENCE --------------------------------------------------------------------------------------


def link_still_open_by_a_second(desk: UseDesk) -> PlantedUse:
    """The exposure ends a second, two or a minute after the last instant of which all is known."""
    _ending(desk, END - CLOCK_SECONDS + desk.pick((1, 2, MINUTE)))
    asset, version = desk.approved_asset()
    return linked(desk, asset, version, PROVEN_LATE)


def link_closed_just_in_time(desk: UseDesk) -> PlantedUse:
    """The exposure ends at the last instant of which all is known, a second or a minute before."""
    _ending(desk, END - CLOCK_SECONDS - desk.pick((0, 1, MINUTE)))
    asset, version = desk.approved_asset()
    return linked(desk, asset, version, PROVEN_LATE)


def _ending(desk: UseDesk, end: int) -> None:
    """Meet so that the exposure ends at an instant; it is recorded days later."""
    desk.channel = desk.pick(("web", "mobile"))
    desk.meet_at(end - exposure_seconds(desk.channel, end), in_time=False)


def link_deleted_inside_exposure(desk: UseDesk) -> PlantedUse:
    """The asset was destroyed: from then on the link serves nothing, which is nothing unapproved."""
    end = exposed(desk)
    asset, version = desk.approved_asset()
    asset.delete(desk.pick((desk.at + HOUR, desk.at + 2 * DAY, end - 1)))
    return linked(desk, asset, version, desk.good)


def link_renamed_away_inside_exposure(desk: UseDesk) -> PlantedUse:
    """The asset was renamed, and nothing took its name: the link serves nothing either."""
    end = exposed(desk)
    asset, version = desk.approved_asset()
    use = linked(desk, asset, version, desk.good)
    asset.rename(desk.pick((desk.at + HOUR, desk.at + 2 * DAY, end - 1)), desk.library.new_name(asset.product_line))
    return use


def link_name_taken_by_an_approved_one(desk: UseDesk) -> PlantedUse:
    """The asset was renamed, and another one that was approved for the customer before got its name."""
    exposed(desk)
    asset, version = desk.approved_asset()
    use = linked(desk, asset, version, desk.good)
    name = asset.name_at(desk.at)
    other = desk.asset()
    other.image_format = asset.image_format
    uploaded, approved = desk.earlier(2)
    other.approve(approved, other.upload(uploaded), desk.terms)
    renamed = desk.at + desk.pick((HOUR, 2 * DAY, 3 * DAY))
    asset.rename(renamed, desk.library.new_name(asset.product_line))
    other.rename(renamed + desk.pick((MINUTE, CDN_SECONDS, 3 * HOUR)), name)
    return use


CAUSES = (
    Cause(link_recorded_late, (over_exposure(PROVEN),)),
    Cause(link_recorded_just_in_time, (over_exposure(PROVEN_LATE),)),
    Cause(link_recorded_in_time_and_overwritten, (over_exposure(PROVEN_LATE),)),
    Cause(link_still_open_by_a_second),
    Cause(link_closed_just_in_time, (over_exposure(NO_EVIDENCE),)),
    Cause(link_deleted_inside_exposure, (over_exposure(NO_EVIDENCE), over_exposure(NOT_APPROVED))),
    Cause(link_renamed_away_inside_exposure, (over_exposure(NO_EVIDENCE), over_exposure(NOT_APPROVED))),
    Cause(link_name_taken_by_an_approved_one, (over_exposure(NO_EVIDENCE), over_exposure(NOT_APPROVED))),
)
