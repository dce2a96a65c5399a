"""Causes of verdicts that rest on versions: superseded, ambiguous, and near misses of each.

Each function builds the history that makes its verdict true and says that verdict; nothing here evaluates a rule.
"""

from dataclasses import replace

from sandbox.scenario import vocabulary
from sandbox.scenario.desk import (
    EMBEDDED_FORMS,
    LIVE,
    NAME,
    VERSION_ONLY,
    WITHIN_UNCERTAINTY,
    PlantedUse,
    UseDesk,
    with_member,
    without_members,
)
from sandbox.scenario.events import Terms
from sandbox.scenario.library import AssetHistory, Version
from sandbox.scenario.stages import (
    DAY,
    GRACE_CHANGES,
    HOUR,
    grace_seconds,
    spread,
    statement_instant,
)
from sandbox.scenario.use_cause import AMBIGUOUS, EXPIRED, NOT_APPROVED, NOT_ELIGIBLE, SUPERSEDED, Cause

# --- SUPERSEDED ---------------------------------------------------------------------------------------


def superseded_for_days(desk: UseDesk) -> PlantedUse:
    """A newer version was in force for days longer than the grace."""
    at = desk.meet(room=22 * DAY)
    in_force = at - grace_seconds(at) - desk.chance.randint(1, 5 * DAY)
    return _superseding(desk, in_force, desk.terms, SUPERSEDED)


def superseded_by_a_second(desk: UseDesk) -> PlantedUse:
    """A newer version was in force for one second longer than the grace."""
    at = desk.meet(room=18 * DAY)
    return _superseding(desk, at - grace_seconds(at) - 1, desk.terms, SUPERSEDED)


def superseded_since_declared_start(desk: UseDesk) -> PlantedUse:
    """Granted earlier, the newer version's declared start is one second more than the grace ago."""
    at = desk.meet(room=20 * DAY)
    start = at - grace_seconds(at) - 1
    return _superseding(desk, start - DAY, replace(desk.terms, valid_from=start), SUPERSEDED)


def superseded_after_rule_change(desk: UseDesk) -> PlantedUse:
    """Newer version in force for nine to twelve days, used after the grace became seven days."""
    at = desk.meet_at(statement_instant(desk.chance, 2), in_time=True)
    in_force = at - desk.chance.randint(9 * DAY, 12 * DAY)
    return _superseding(desk, in_force, desk.terms, SUPERSEDED)


def inside_grace_by_a_second(desk: UseDesk) -> PlantedUse:
    """A newer version in force for one second less than the grace, or for exactly the grace."""
    at = desk.meet(room=18 * DAY)
    in_force = at - grace_seconds(at) + desk.pick((1, 0))
    return _superseding(desk, in_force, desk.terms, desk.good)


def inside_grace_by_declared_start(desk: UseDesk) -> PlantedUse:
    """Granted longer ago than the grace, the newer version is declared valid inside the grace or later."""
    at = desk.meet(room=21 * DAY)
    start = desk.pick((at - grace_seconds(at) + 1, at + 1))
    granted = at - grace_seconds(at) - DAY
    return _superseding(desk, granted, replace(desk.terms, valid_from=start), desk.good)


def inside_grace_before_rule_change(desk: UseDesk) -> PlantedUse:
    """Newer version in force for nine to twelve days, used while the grace was still fourteen days."""
    at = desk.meet_at(GRACE_CHANGES - DAY + desk.chance.randint(6 * HOUR, 20 * HOUR), in_time=False)
    in_force = at - desk.chance.randint(9 * DAY, 12 * DAY)
    return _superseding(desk, in_force, desk.terms, desk.good)


def newer_not_approved(desk: UseDesk) -> PlantedUse:
    """A newer version exists for longer than the grace, but nobody approved it."""
    at = desk.meet(room=20 * DAY)
    asset, version = desk.approved_asset(until=at - grace_seconds(at) - 2 * DAY)
    asset.upload(at - grace_seconds(at) - DAY)
    return desk.plant(desk.good, desk.reference(asset, version, EMBEDDED_FORMS))


def newer_revoked(desk: UseDesk) -> PlantedUse:
    """The newer version was approved for longer than the grace, and revoked before the use."""
    at = desk.meet(room=20 * DAY)
    in_force = at - grace_seconds(at) - DAY
    asset, version, newer = _two_versions(desk, in_force, desk.terms)
    asset.revoke(at - desk.pick((10, HOUR, 2 * DAY)), newer)
    return desk.plant(desk.good, desk.reference(asset, version, EMBEDDED_FORMS))


def newer_expired(desk: UseDesk) -> PlantedUse:
    """The newer version was in force for longer than the grace, and had ended by the use."""
    at = desk.meet(room=20 * DAY)
    terms = replace(desk.terms, valid_to=at - desk.pick((0, 1, 12 * HOUR)))
    return _superseding(desk, at - grace_seconds(at) - DAY, terms, desk.good)


def newer_for_elsewhere(desk: UseDesk) -> PlantedUse:
    """The newer version is approved for other jurisdictions than the customer's."""
    at = desk.meet(room=20 * DAY)
    places = tuple(vocabulary.JURISDICTIONS)
    here = desk.customer.jurisdiction
    desk.terms = replace(desk.terms, jurisdictions=with_member(desk.chance, places, here))
    elsewhere = replace(desk.terms, jurisdictions=without_members(desk.chance, places, [here]))
    return _superseding(desk, at - grace_seconds(at) - DAY, elsewhere, desk.good)


def _two_versions(desk: UseDesk, granted: int, terms: Terms) -> tuple[AssetHistory, Version, Version]:
    """An approved version and a newer one that is approved on `terms` at `granted`."""
    asset, version = desk.approved_asset(until=granted - 12 * HOUR)
    newer = asset.upload(granted - desk.chance.randint(HOUR, 10 * HOUR))
    asset.approve(granted, newer, terms)
    return asset, version, newer


def _superseding(desk: UseDesk, granted: int, terms: Terms, verdict: str) -> PlantedUse:
    """A use of the older of two versions; the newer is approved on `terms` at `granted`."""
    asset, version, _ = _two_versions(desk, granted, terms)
    return desk.plant(verdict, desk.reference(asset, version, EMBEDDED_FORMS))


# --- AMBIGUOUS ----------------------------------------------------------------------------------------


def same_second_overwrite(desk: UseDesk) -> PlantedUse:
    """Two overwrites in one second, one of them approved, referenced by version only."""
    asset, _, chosen = _same_second(desk, both_approved=False)
    reference = asset.by_name(chosen, desk.at) if desk.index % 3 == 2 else asset.by_bytes(chosen, has_etag=False)
    return desk.plant(AMBIGUOUS, reference)


def revoked_within_uncertainty(desk: UseDesk) -> PlantedUse:
    """Revoked within two seconds of the use."""
    at = desk.meet()
    asset, version = desk.approved_asset()
    asset.revoke(at + desk.pick(WITHIN_UNCERTAINTY), version)
    return desk.plant(AMBIGUOUS, desk.reference(asset, version), exposure=NOT_APPROVED)


def granted_within_uncertainty(desk: UseDesk) -> PlantedUse:
    """Approved within two seconds of the use."""
    at = desk.meet()
    asset = desk.asset()
    version = asset.upload(desk.earlier(1)[0])
    asset.approve(at + desk.pick(WITHIN_UNCERTAINTY), version, desk.terms)
    return desk.plant(AMBIGUOUS, desk.reference(asset, version))


def link_overwritten_within_uncertainty(desk: UseDesk) -> PlantedUse:
    """Approved bytes behind a link, overwritten by unapproved ones within two seconds of the use."""
    at = desk.meet()
    asset, version = desk.approved_asset()
    overwritten = at + desk.pick(WITHIN_UNCERTAINTY)
    asset.upload(overwritten)
    return desk.plant(AMBIGUOUS, desk.reference(asset, version, (LIVE,)), exposure=desk.bare_from(overwritten))


def same_second_named_bytes(desk: UseDesk) -> PlantedUse:
    """Two overwrites in one second, one approved; the reference names the approved or the other bytes."""
    asset, approved, other = _same_second(desk, both_approved=False)
    if desk.index % 2:
        return desk.plant(NOT_APPROVED, asset.by_bytes(other))
    return desk.plant(desk.good, asset.by_bytes(approved))


def same_second_both_approved(desk: UseDesk) -> PlantedUse:
    """Two overwrites in one second, both approved, referenced by version only."""
    asset, first, _ = _same_second(desk, both_approved=True)
    return desk.plant(desk.good, desk.reference(asset, first, (VERSION_ONLY, NAME)))


def link_overwritten_seconds_apart(desk: UseDesk) -> PlantedUse:
    """Approved bytes behind a link, overwritten by unapproved ones ten seconds after or before the use."""
    at = desk.meet()
    asset, version = desk.approved_asset()
    if desk.index % 2:
        asset.upload(at - 10)
        return desk.plant(NOT_APPROVED, desk.reference(asset, version, (LIVE,)))
    asset.upload(at + 10)
    return desk.plant(desk.good, desk.reference(asset, version, (LIVE,)), exposure=desk.bare_from(at + 10))


def link_overwritten_without_difference(desk: UseDesk) -> PlantedUse:
    """Overwritten behind a link within two seconds of the use, but neither bytes are approved."""
    at = desk.meet()
    asset = desk.asset()
    version = asset.upload(desk.earlier(1)[0])
    asset.upload(at + desk.pick((-1, 1)))
    return desk.plant(NOT_APPROVED, desk.reference(asset, version, (LIVE,)))


def link_restored_within_uncertainty(desk: UseDesk) -> PlantedUse:
    """Both bytes approved, the second ones for longer than the grace, or less; the first ones are restored just then.

    If it is the first ones that were served, they were there again: nothing was newer.
    """
    at = desk.meet(room=24 * DAY)
    asset = desk.backed_up_asset()
    since = desk.pick((grace_seconds(at) + DAY, DAY))
    first, approved, second, approved_too = spread(desk.chance, 4, at - since - 6 * DAY, at - since)
    version = asset.upload(first)
    asset.approve(approved, version, desk.terms)
    newer = asset.upload(second)
    asset.approve(approved_too, newer, desk.terms)
    asset.restore(at + desk.pick((-1, 1)), version)
    return desk.plant(desk.good, asset.link(newer, at))


def _same_second(desk: UseDesk, *, both_approved: bool) -> tuple[AssetHistory, Version, Version]:
    """Two uploads in one second; gives the asset, an approved one, and the other."""
    desk.meet()
    asset = desk.asset()
    uploaded, approved, approved_too = desk.earlier(3)
    chosen, other = asset.upload(uploaded), asset.upload(uploaded)
    if desk.index % 2:
        chosen, other = other, chosen
    asset.approve(approved, chosen, desk.terms)
    if both_approved:
        asset.approve(approved_too, other, desk.terms)
    return asset, chosen, other


CAUSES = (
    Cause(superseded_for_days),
    Cause(superseded_by_a_second),
    Cause(superseded_since_declared_start),
    Cause(superseded_after_rule_change),
    Cause(inside_grace_by_a_second, (SUPERSEDED,)),
    Cause(inside_grace_by_declared_start, (SUPERSEDED,)),
    Cause(inside_grace_before_rule_change, (SUPERSEDED,)),
    Cause(newer_not_approved, (SUPERSEDED, NOT_APPROVED)),
    Cause(newer_revoked, (SUPERSEDED,)),
    Cause(newer_expired, (SUPERSEDED, EXPIRED)),
    Cause(newer_for_elsewhere, (SUPERSEDED, NOT_ELIGIBLE)),
    Cause(same_second_overwrite),
    Cause(revoked_within_uncertainty),
    Cause(granted_within_uncertainty),
    Cause(link_overwritten_within_uncertainty),
    Cause(same_second_named_bytes, (AMBIGUOUS,)),
    Cause(same_second_both_approved, (AMBIGUOUS,)),
    Cause(link_overwritten_seconds_apart, (AMBIGUOUS,)),
    Cause(link_overwritten_without_difference, (AMBIGUOUS,)),
    Cause(link_restored_within_uncertainty, (AMBIGUOUS,)),
)
