"""Causes of verdicts over exposure: what a live link served after its letter was composed, and near misses of each.

Here belong letters that are in order when they are composed. Each function builds what happens behind the link
afterwards and says what that makes of its exposure; nothing here evaluates a rule. What is known of an exposure, and
since when, is `exposure_evidence_causes`.
"""

from dataclasses import replace

from sandbox.scenario import vocabulary
from sandbox.scenario.desk import PlantedUse, UseDesk
from sandbox.scenario.exposure_desk import exposed, linked, terms_for_elsewhere, two_approved
from sandbox.scenario.stages import (
    CDN_SECONDS,
    DAY,
    GRACE_CHANGES,
    HOUR,
    MINUTE,
    mid_month_instant,
)
from sandbox.scenario.use_cause import (
    AMBIGUOUS,
    EXPIRED,
    NOT_APPROVED,
    NOT_ELIGIBLE,
    PROVEN,
    Cause,
    over_exposure,
)

# --- other bytes --------------------------------------------------------------------------------------


def link_overwritten_inside_exposure(desk: UseDesk) -> PlantedUse:
    """Overwritten by bytes that nobody approved, hours or days after composition, or two hours before the end."""
    end = exposed(desk)
    asset, version = desk.approved_asset()
    asset.upload(desk.pick((desk.at + 3 * HOUR, desk.at + 4 * DAY, end - 2 * HOUR)))
    return linked(desk, asset, version, NOT_APPROVED)


def link_overwritten_until_every_edge_knew(desk: UseDesk) -> PlantedUse:
    """Overwritten so long before the end that no edge may serve the old bytes at its last instant any more."""
    end = exposed(desk)
    asset, version = desk.approved_asset()
    asset.upload(end - CDN_SECONDS - desk.pick((0, 1, MINUTE)))
    return linked(desk, asset, version, NOT_APPROVED)


def link_overwritten_shortly_before_its_end(desk: UseDesk) -> PlantedUse:
    """Overwritten a second, minutes or nearly an hour before the end: an edge may have served the old bytes."""
    end = exposed(desk)
    asset, version = desk.approved_asset()
    asset.upload(end - desk.pick((1, 20 * MINUTE, CDN_SECONDS - 1)))
    return linked(desk, asset, version, AMBIGUOUS)


def link_overwritten_after_its_end(desk: UseDesk) -> PlantedUse:
    """Overwritten by unapproved bytes seconds, a minute or an hour after the exposure ended."""
    end = exposed(desk)
    asset, version = desk.approved_asset()
    asset.upload(end + desk.pick((3, MINUTE, HOUR)))
    return linked(desk, asset, version, desk.good)


def link_overwritten_while_still_open(desk: UseDesk) -> PlantedUse:
    """Overwritten by unapproved bytes while the exposure goes on behind the end of the scenario."""
    desk.channel = "email"
    desk.meet_at(mid_month_instant(desk.chance, 4), in_time=False)
    asset, version = desk.approved_asset()
    asset.upload(desk.at + desk.pick((3 * HOUR, DAY, 2 * DAY)))
    return linked(desk, asset, version, NOT_APPROVED)


def link_overwritten_under_the_longer_rule(desk: UseDesk) -> PlantedUse:
    """On mobile, ten days after a letter that was composed when its exposure was still fourteen days."""
    desk.channel = "mobile"
    desk.meet_at(GRACE_CHANGES - desk.pick((1, DAY, 2 * DAY)), in_time=False)
    asset, version = desk.approved_asset()
    asset.upload(desk.at + 10 * DAY)
    return linked(desk, asset, version, NOT_APPROVED)


def link_overwritten_under_the_shorter_rule(desk: UseDesk) -> PlantedUse:
    """On mobile, ten days after a letter that was composed when its exposure had become seven days."""
    desk.channel = "mobile"
    desk.meet_at(GRACE_CHANGES + desk.pick((0, 1, DAY)), in_time=False)
    asset, version = desk.approved_asset()
    asset.upload(desk.at + 10 * DAY)
    return linked(desk, asset, version, desk.good)


def link_goes_over_to_approved_bytes(desk: UseDesk) -> PlantedUse:
    """Overwritten by other bytes that had been approved for the customer before."""
    exposed(desk, room=10 * DAY)
    asset, version, other = two_approved(desk, desk.terms)
    asset.upload(desk.at + desk.pick((2 * HOUR, DAY, 3 * DAY)), other.content)
    return linked(desk, asset, version, desk.good)


def link_goes_over_to_bytes_for_elsewhere(desk: UseDesk) -> PlantedUse:
    """Overwritten by other bytes that are approved for other jurisdictions than the customer's."""
    exposed(desk, room=10 * DAY)
    return _for_elsewhere_at(desk, desk.at + desk.pick((2 * HOUR, DAY, 3 * DAY)), NOT_ELIGIBLE)


def link_gets_an_ineligible_version_soon(desk: UseDesk) -> PlantedUse:
    """The same, two to four hours after composition."""
    exposed(desk, room=10 * DAY)
    return _for_elsewhere_at(desk, desk.at + desk.chance.randint(2, 4) * HOUR, NOT_ELIGIBLE)


def link_goes_over_to_bytes_for_elsewhere_after_its_end(desk: UseDesk) -> PlantedUse:
    """The same, seconds, a minute or an hour after the exposure ended."""
    end = exposed(desk, room=10 * DAY)
    return _for_elsewhere_at(desk, end + desk.pick((3, MINUTE, HOUR)), desk.good)


def link_goes_over_to_bytes_for_elsewhere_shortly_before_its_end(desk: UseDesk) -> PlantedUse:
    """The same, a second, minutes or nearly an hour before the end: an edge may have served the customer's bytes."""
    end = exposed(desk, room=10 * DAY)
    return _for_elsewhere_at(desk, end - desk.pick((1, 20 * MINUTE, CDN_SECONDS - 1)), AMBIGUOUS)


def link_goes_over_to_bytes_of_one_common_offer(desk: UseDesk) -> PlantedUse:
    """Overwritten by other bytes that are approved for three offers, of which the customer has one."""
    exposed(desk, room=10 * DAY)
    common, *other = desk.chance.sample(vocabulary.OFFERS, 4)
    desk.customer = replace(desk.customer, offers=tuple(sorted((common, other[0]))))
    desk.terms = replace(desk.terms, offers=(common,))
    offers = tuple(sorted((common, other[1], other[2])))
    asset, version, narrower = two_approved(desk, replace(desk.terms, offers=offers))
    asset.upload(desk.at + desk.pick((2 * HOUR, DAY, 3 * DAY)), narrower.content)
    return linked(desk, asset, version, desk.good)


def _for_elsewhere_at(desk: UseDesk, at: int, exposure: str) -> PlantedUse:
    asset, version, other = two_approved(desk, terms_for_elsewhere(desk))
    asset.upload(at, other.content)
    return linked(desk, asset, version, exposure)


# --- another approval ---------------------------------------------------------------------------------


def link_revoked_inside_exposure(desk: UseDesk) -> PlantedUse:
    """The approval of what the link goes on serving was revoked hours or days later, or seconds before the end."""
    end = exposed(desk)
    asset, version = desk.approved_asset()
    asset.revoke(desk.pick((desk.at + HOUR, desk.at + 5 * DAY, end - 2)), version)
    return linked(desk, asset, version, NOT_APPROVED)


def link_revoked_around_its_end(desk: UseDesk) -> PlantedUse:
    """The approval was revoked within two seconds of the end of the exposure."""
    end = exposed(desk)
    asset, version = desk.approved_asset()
    asset.revoke(end + desk.pick((-1, 0, 1)), version)
    return linked(desk, asset, version, AMBIGUOUS)


def link_revoked_after_its_end(desk: UseDesk) -> PlantedUse:
    """The approval was revoked seconds, a minute or an hour after the exposure ended."""
    end = exposed(desk)
    asset, version = desk.approved_asset()
    asset.revoke(end + desk.pick((3, MINUTE, HOUR)), version)
    return linked(desk, asset, version, desk.good)


def link_expires_inside_exposure(desk: UseDesk) -> PlantedUse:
    """The declared validity ends an hour or days after composition, or a second before the exposure ends."""
    end = exposed(desk)
    return _valid_to(desk, desk.pick((desk.at + HOUR, desk.at + 3 * DAY, end - 1)), EXPIRED)


def link_expires_at_its_end(desk: UseDesk) -> PlantedUse:
    """The declared validity ends at the last instant of the exposure."""
    return _valid_to(desk, exposed(desk), EXPIRED)


def link_expires_after_its_end(desk: UseDesk) -> PlantedUse:
    """The declared validity ends a second, a minute or a day after the exposure."""
    end = exposed(desk)
    return _valid_to(desk, end + desk.pick((1, MINUTE, DAY)), desk.good)


def _valid_to(desk: UseDesk, ends: int, exposure: str) -> PlantedUse:
    desk.terms = replace(desk.terms, valid_to=ends)
    asset, version = desk.approved_asset()
    return linked(desk, asset, version, exposure)


# --- another asset, or none ---------------------------------------------------------------------------


def link_name_taken_by_another(desk: UseDesk) -> PlantedUse:
    """The asset was renamed, and another one that nobody approved took its name inside the exposure."""
    exposed(desk)
    asset, version = desk.approved_asset()
    link = asset.link(version, desk.at)
    name = asset.name_at(desk.at)
    renamed = desk.at + desk.pick((HOUR, 2 * DAY, 3 * DAY))
    asset.rename(renamed, desk.library.new_name(asset.product_line))
    other = desk.library.new_asset(first_name=name)
    other.image_format = asset.image_format
    other.upload(renamed + 3 * HOUR)
    return desk.plant(desk.good, link, exposure=NOT_APPROVED)


def link_deleted_before_it_expired(desk: UseDesk) -> PlantedUse:
    """The asset was destroyed, and its validity ended within the hour: an edge may have shown what had expired."""
    exposed(desk)
    deleted = desk.at + desk.pick((2 * HOUR, DAY, 2 * DAY))
    return _expiring_and_deleted(desk, deleted, deleted + desk.pick((10, 20 * MINUTE, CDN_SECONDS - 1)), AMBIGUOUS)


def link_deleted_long_before_it_expired(desk: UseDesk) -> PlantedUse:
    """The asset was destroyed, and its validity ended when no edge could show it any more."""
    exposed(desk)
    deleted = desk.at + desk.pick((2 * HOUR, DAY, 2 * DAY))
    return _expiring_and_deleted(desk, deleted, deleted + desk.pick((CDN_SECONDS, 2 * HOUR, DAY)), desk.good)


def _expiring_and_deleted(desk: UseDesk, deleted: int, ends: int, exposure: str) -> PlantedUse:
    desk.terms = replace(desk.terms, valid_to=ends)
    asset, version = desk.approved_asset()
    asset.delete(deleted)
    return linked(desk, asset, version, exposure)


# --- what edges may have kept -------------------------------------------------------------------------


def edge_may_have_kept_unapproved_bytes(desk: UseDesk) -> PlantedUse:
    """Unapproved bytes were put right seconds to nearly an hour before composition: an edge may have kept them."""
    exposed(desk, room=5 * DAY)
    return _put_right(desk, desk.at - desk.pick((10, 20 * MINUTE, CDN_SECONDS - 1)), AMBIGUOUS)


def edges_know_the_approved_bytes(desk: UseDesk) -> PlantedUse:
    """Unapproved bytes were put right an hour or more before composition."""
    exposed(desk, room=5 * DAY)
    return _put_right(desk, desk.at - desk.pick((CDN_SECONDS, CDN_SECONDS + 1, 3 * HOUR)), desk.good)


def _put_right(desk: UseDesk, back: int, exposure: str) -> PlantedUse:
    asset = desk.asset()
    first, approved, other = desk.earlier(3, until=back - HOUR)
    version = asset.upload(first)
    asset.approve(approved, version, desk.terms)
    asset.upload(other)
    return linked(desk, asset, asset.upload(back, version.content), exposure)


CAUSES = (
    Cause(link_overwritten_inside_exposure),
    Cause(link_overwritten_until_every_edge_knew, (over_exposure(AMBIGUOUS),)),
    Cause(link_overwritten_shortly_before_its_end, (over_exposure(NOT_APPROVED),)),
    Cause(link_overwritten_after_its_end, (over_exposure(NOT_APPROVED), over_exposure(AMBIGUOUS))),
    Cause(link_overwritten_while_still_open),
    Cause(link_overwritten_under_the_longer_rule, (over_exposure(PROVEN),)),
    Cause(link_overwritten_under_the_shorter_rule, (over_exposure(NOT_APPROVED),)),
    Cause(link_goes_over_to_approved_bytes, (over_exposure(NOT_APPROVED), over_exposure(NOT_ELIGIBLE))),
    Cause(link_goes_over_to_bytes_for_elsewhere, (over_exposure(NOT_APPROVED), over_exposure(PROVEN))),
    Cause(link_gets_an_ineligible_version_soon),
    Cause(link_goes_over_to_bytes_for_elsewhere_after_its_end, (over_exposure(NOT_ELIGIBLE), over_exposure(AMBIGUOUS))),
    Cause(link_goes_over_to_bytes_for_elsewhere_shortly_before_its_end, (over_exposure(NOT_ELIGIBLE),)),
    Cause(link_goes_over_to_bytes_of_one_common_offer, (over_exposure(NOT_ELIGIBLE),)),
    Cause(link_revoked_inside_exposure),
    Cause(link_revoked_around_its_end, (over_exposure(NOT_APPROVED),)),
    Cause(link_revoked_after_its_end, (over_exposure(NOT_APPROVED), over_exposure(AMBIGUOUS))),
    Cause(link_expires_inside_exposure),
    Cause(link_expires_at_its_end),
    Cause(link_expires_after_its_end, (over_exposure(EXPIRED),)),
    Cause(link_deleted_before_it_expired, (over_exposure(EXPIRED),)),
    Cause(link_deleted_long_before_it_expired, (over_exposure(EXPIRED), over_exposure(AMBIGUOUS))),
    Cause(link_name_taken_by_another),
    Cause(edge_may_have_kept_unapproved_bytes),
    Cause(edges_know_the_approved_bytes, (over_exposure(AMBIGUOUS),)),
)
