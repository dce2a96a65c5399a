"""The causes of verdicts of asset uses: one function per cause, violations and near misses side by side.

Each function builds the history that makes its verdict true and says that verdict; nothing here evaluates
a rule. `CAUSES` is the list that the plan walks through.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from sandbox.scenario import vocabulary
from sandbox.scenario.desk import (
    EMBEDDED_FORMS,
    LIVE,
    NAME,
    VERSION_ONLY,
    PlantedUse,
    UseDesk,
    with_member,
    without_members,
)
from sandbox.scenario.events import DeliveryLink, ForeignAssetReference, ForeignLink, NameReference, Terms
from sandbox.scenario.library import AssetHistory, Version
from sandbox.scenario.stages import (
    COVERAGE_STARTS,
    DAY,
    GRACE_CHANGES,
    HOUR,
    MINUTE,
    START,
    grace_seconds,
    mid_month_instant,
    spread,
    stage_end,
    stage_start,
    statement_instant,
)

NOT_APPROVED = "NOT_APPROVED"
EXPIRED = "EXPIRED"
NOT_ELIGIBLE = "NOT_ELIGIBLE"
SUPERSEDED = "SUPERSEDED"
AMBIGUOUS = "AMBIGUOUS"
NO_EVIDENCE = "NO_EVIDENCE"
PROVEN_LATE = "PROVEN_LATE"
PROVEN = "PROVEN"
VERDICTS = (
    NOT_APPROVED,
    EXPIRED,
    NOT_ELIGIBLE,
    SUPERSEDED,
    AMBIGUOUS,
    NO_EVIDENCE,
    PROVEN_LATE,
    PROVEN,
)

# --- NOT_APPROVED -------------------------------------------------------------------------------------


def never_approved(desk: UseDesk) -> PlantedUse:
    """Nobody ever approved the asset; every other one says draft."""
    desk.meet()
    asset = desk.asset()
    uploaded, drafted = desk.earlier(2)
    version = asset.upload(uploaded)
    if desk.index % 2:
        asset.mark_draft(drafted)
    return desk.plant(NOT_APPROVED, desk.reference(asset, version))


def overwritten_after_approval(desk: UseDesk) -> PlantedUse:
    """The approved bytes were overwritten; the new ones are not approved, named or not in the metadata."""
    desk.meet()
    asset = desk.asset()
    first, approved, second = desk.earlier(3)
    asset.approve(approved, asset.upload(first), desk.terms, names_bytes=bool(desk.index % 2))
    return desk.plant(NOT_APPROVED, desk.reference(asset, asset.upload(second)))


def revoked_before_use(desk: UseDesk) -> PlantedUse:
    """The approval was revoked ten seconds, an hour or some days before the use."""
    at = desk.meet(room=8 * DAY)
    revoked = at - desk.pick((10, HOUR, 5 * DAY))
    asset, version = desk.approved_asset(until=revoked - HOUR)
    asset.revoke(revoked, version)
    return desk.plant(NOT_APPROVED, desk.reference(asset, version))


def approved_after_use(desk: UseDesk) -> PlantedUse:
    """The approval came ten seconds, an hour or two days after the use."""
    at = desk.meet(stages=(1, 2, 3))
    asset = desk.asset()
    version = asset.upload(desk.earlier(1)[0])
    asset.approve(at + desk.pick((10, HOUR, 2 * DAY)), version, desk.terms)
    return desk.plant(NOT_APPROVED, desk.reference(asset, version))


def in_force_later(desk: UseDesk) -> PlantedUse:
    """Approved in time, but declared valid only from a second after the use."""
    at = desk.meet()
    return _declared(desk, replace(desk.terms, valid_from=at + 1), NOT_APPROVED)


def revoked_just_after_use(desk: UseDesk) -> PlantedUse:
    """The approval was revoked ten seconds or some minutes after the use."""
    at = desk.meet()
    asset, version = desk.approved_asset()
    asset.revoke(at + desk.pick((10, 4 * MINUTE)), version)
    return desk.plant(desk.good, desk.reference(asset, version))


def approved_just_before_use(desk: UseDesk) -> PlantedUse:
    """The approval came ten seconds or some minutes before the use."""
    at = desk.meet()
    asset = desk.asset()
    version = asset.upload(desk.earlier(1)[0])
    asset.approve(at - desk.pick((10, 4 * MINUTE)), version, desk.terms)
    return desk.plant(desk.good, desk.reference(asset, version))


def overwritten_back(desk: UseDesk) -> PlantedUse:
    """Overwritten by other bytes and then back to the approved ones."""
    desk.meet(room=5 * DAY)
    asset = desk.asset()
    first, approved, other, back = desk.earlier(4)
    version = asset.upload(first)
    asset.approve(approved, version, desk.terms, names_bytes=bool(desk.index % 2))
    asset.upload(other)
    return desk.plant(desk.good, desk.reference(asset, asset.upload(back, version.content)))


def in_force_from_now(desk: UseDesk) -> PlantedUse:
    """Declared valid from exactly the instant of use."""
    at = desk.meet()
    return _declared(desk, replace(desk.terms, valid_from=at), desk.good)


# --- EXPIRED ------------------------------------------------------------------------------------------


def expired_exactly(desk: UseDesk) -> PlantedUse:
    """Used at the very instant of valid_to."""
    at = desk.meet()
    return _declared(desk, replace(desk.terms, valid_to=at), EXPIRED)


def expired_a_second_ago(desk: UseDesk) -> PlantedUse:
    """Used a second after valid_to."""
    at = desk.meet()
    return _declared(desk, replace(desk.terms, valid_to=at - 1), EXPIRED)


def expired_long_ago(desk: UseDesk) -> PlantedUse:
    """Used one to two months after valid_to."""
    at = desk.meet(stages=(3, 4), room=50 * DAY)
    ended = at - desk.chance.randint(30, 40) * DAY
    asset = desk.asset()
    uploaded, approved = desk.earlier(2, until=ended - HOUR)
    version = asset.upload(uploaded)
    asset.approve(approved, version, replace(desk.terms, valid_to=ended))
    return desk.plant(EXPIRED, desk.reference(asset, version))


def extended_too_late(desk: UseDesk) -> PlantedUse:
    """Used after valid_to; the validity was extended only after the use."""
    at = desk.meet(stages=(1, 2, 3))
    asset, version, terms = _ending(desk, at - HOUR)
    asset.approve(at + 2 * HOUR, version, replace(terms, valid_to=at + 90 * DAY))
    return desk.plant(EXPIRED, desk.reference(asset, version))


def expires_a_second_later(desk: UseDesk) -> PlantedUse:
    """Used a second before valid_to."""
    at = desk.meet()
    return _declared(desk, replace(desk.terms, valid_to=at + 1), desk.good)


def extended_in_time(desk: UseDesk) -> PlantedUse:
    """Used after the first valid_to; the validity had been extended before that."""
    at = desk.meet(room=5 * DAY)
    asset, version, terms = _ending(desk, at - HOUR, settled=at - 2 * DAY)
    asset.approve(at - DAY, version, replace(terms, valid_to=at + 60 * DAY))
    return desk.plant(desk.good, desk.reference(asset, version))


def expired_but_newer_in_force(desk: UseDesk) -> PlantedUse:
    """The first version's approval had ended; the use is of the second, which is in force."""
    at = desk.meet(room=6 * DAY)
    asset, _, terms = _ending(desk, at - HOUR, settled=at - 2 * DAY)
    second, approved = spread(desk.chance, 2, at - 2 * DAY + HOUR, at - 2 * HOUR)
    version = asset.upload(second)
    asset.approve(approved, version, replace(terms, valid_to=at + 60 * DAY))
    return desk.plant(desk.good, desk.reference(asset, version))


def _declared(desk: UseDesk, terms: Terms, verdict: str) -> PlantedUse:
    """One version, approved on terms whose declared validity is the point."""
    asset = desk.asset()
    uploaded, approved = desk.earlier(2)
    version = asset.upload(uploaded)
    asset.approve(approved, version, terms, names_bytes=desk.chance.random() < 0.75)
    return desk.plant(verdict, desk.reference(asset, version))


def _ending(desk: UseDesk, valid_to: int, settled: int | None = None) -> tuple[AssetHistory, Version, Terms]:
    """An asset approved (before `settled`, else an hour before valid_to) until `valid_to`."""
    terms = replace(desk.terms, valid_to=valid_to)
    asset = desk.asset()
    uploaded, approved = desk.earlier(2, until=settled or valid_to - HOUR)
    version = asset.upload(uploaded)
    asset.approve(approved, version, terms)
    return asset, version, terms


# --- NOT_ELIGIBLE -------------------------------------------------------------------------------------


def wrong_segment(desk: UseDesk) -> PlantedUse:
    """Approved for other segments."""
    segments = without_members(desk.chance, vocabulary.SEGMENTS, [desk.customer.segment])
    return _eligibility(desk, replace(desk.terms, segments=segments), is_eligible=False)


def wrong_jurisdiction(desk: UseDesk) -> PlantedUse:
    """Approved for other jurisdictions."""
    places = tuple(vocabulary.JURISDICTIONS)
    jurisdictions = without_members(desk.chance, places, [desk.customer.jurisdiction])
    return _eligibility(desk, replace(desk.terms, jurisdictions=jurisdictions), is_eligible=False)


def right_region_wrong_offer(desk: UseDesk) -> PlantedUse:
    """Right jurisdiction, but none of the customer's offers is among the approved ones."""
    chance, customer = desk.chance, desk.customer
    jurisdictions = with_member(chance, tuple(vocabulary.JURISDICTIONS), customer.jurisdiction)
    desk.customer = replace(customer, offers=vocabulary.draw_set(chance, vocabulary.OFFERS, 1, 3))
    offers = without_members(chance, vocabulary.OFFERS, desk.customer.offers)
    terms = Terms(segments=(), jurisdictions=jurisdictions, offers=offers)
    return _eligibility(desk, terms, is_eligible=False)


def no_offer_at_all(desk: UseDesk) -> PlantedUse:
    """Approved for some offers; the customer has none."""
    desk.customer = replace(desk.customer, offers=())
    offers = vocabulary.draw_set(desk.chance, vocabulary.OFFERS, 1, 3)
    return _eligibility(desk, replace(desk.terms, offers=offers), is_eligible=False)


def everybody_eligible(desk: UseDesk) -> PlantedUse:
    """All sets empty: nobody is excluded, with or without offers."""
    return _eligibility(desk, Terms(), is_eligible=True)


def one_common_offer(desk: UseDesk) -> PlantedUse:
    """One of several offers is common."""
    chance = desk.chance
    common, *other = chance.sample(vocabulary.OFFERS, 4)
    desk.customer = replace(desk.customer, offers=tuple(sorted((common, other[0]))))
    terms = Terms(offers=tuple(sorted((common, other[1], other[2]))))
    return _eligibility(desk, terms, is_eligible=True)


def narrowly_eligible(desk: UseDesk) -> PlantedUse:
    """Every set is non-empty and holds the customer's value."""
    chance = desk.chance
    desk.customer = replace(desk.customer, offers=vocabulary.draw_set(chance, vocabulary.OFFERS, 1, 3))
    terms = Terms(
        segments=with_member(chance, vocabulary.SEGMENTS, desk.customer.segment),
        jurisdictions=with_member(chance, tuple(vocabulary.JURISDICTIONS), desk.customer.jurisdiction),
        offers=with_member(chance, vocabulary.OFFERS, chance.choice(desk.customer.offers)),
    )
    return _eligibility(desk, terms, is_eligible=True)


def _eligibility(desk: UseDesk, terms: Terms, *, is_eligible: bool) -> PlantedUse:
    desk.meet()
    return _declared(desk, terms, desk.good if is_eligible else NOT_ELIGIBLE)


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

WITHIN_UNCERTAINTY = (-1, 0, 1, 2)


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
    return desk.plant(AMBIGUOUS, desk.reference(asset, version))


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
    asset.upload(at + desk.pick(WITHIN_UNCERTAINTY))
    return desk.plant(AMBIGUOUS, desk.reference(asset, version, (LIVE,)))


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
    return desk.plant(desk.good, desk.reference(asset, version, (LIVE,)))


def link_overwritten_without_difference(desk: UseDesk) -> PlantedUse:
    """Overwritten behind a link within two seconds of the use, but neither bytes are approved."""
    at = desk.meet()
    asset = desk.asset()
    version = asset.upload(desk.earlier(1)[0])
    asset.upload(at + desk.pick((-1, 1)))
    return desk.plant(NOT_APPROVED, desk.reference(asset, version, (LIVE,)))


def link_restored_within_uncertainty(desk: UseDesk) -> PlantedUse:
    """Both bytes approved some days ago; the link goes back to the first within two seconds of the use."""
    at = desk.meet(room=8 * DAY)
    asset = desk.asset()
    first, approved, second, approved_too = spread(desk.chance, 4, at - 5 * DAY, at - HOUR)
    version = asset.upload(first)
    asset.approve(approved, version, desk.terms)
    newer = asset.upload(second)
    asset.approve(approved_too, newer, desk.terms)
    asset.upload(at + desk.pick((-1, 1)), version.content)
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


# --- NO_EVIDENCE --------------------------------------------------------------------------------------


def before_coverage(desk: UseDesk) -> PlantedUse:
    """Uploaded, approved and used before the triggers existed."""
    at = desk.meet_at(START + desk.chance.randint(2 * DAY, 5 * DAY - HOUR), in_time=False)
    asset, version = _older_than_coverage(desk, until=at - HOUR)
    return desk.plant(NO_EVIDENCE, desk.reference(asset, version))


def asset_older_than_coverage(desk: UseDesk) -> PlantedUse:
    """Uploaded before the triggers existed (approved before or after), used long after."""
    desk.meet()
    asset, version = _older_than_coverage(desk, until=COVERAGE_STARTS - HOUR)
    if desk.index % 2:
        asset.approve(desk.earlier(1)[0], version, replace(desk.terms, valid_from=COVERAGE_STARTS))
    return desk.plant(NO_EVIDENCE, desk.reference(asset, version))


def unknown_asset_id(desk: UseDesk) -> PlantedUse:
    """Embedded with an asset id that the media service never gave."""
    at = desk.meet()
    chance = desk.chance
    asset_id, etag = f"{chance.getrandbits(128):032x}", f"{chance.getrandbits(128):032x}"
    return desk.plant(NO_EVIDENCE, ForeignAssetReference(asset_id, at - 9 * DAY, etag))


def unknown_public_id(desk: UseDesk) -> PlantedUse:
    """A public id that no asset ever had, embedded or behind a link."""
    at = desk.meet()
    name = desk.library.new_name(desk.chance.choice(vocabulary.PRODUCT_LINES))
    if desk.index % 2:
        return desk.plant(NO_EVIDENCE, NameReference(name, at - 9 * DAY))
    return desk.plant(NO_EVIDENCE, DeliveryLink(name, at - 9 * DAY, "f_auto,q_auto", ".jpg"))


def no_delivery_url(desk: UseDesk) -> PlantedUse:
    """A link that is no delivery URL of the media service."""
    desk.meet()
    number = desk.chance.randint(1_000, 9_999)
    host = desk.pick(("https://intranet.insurer.example/media", "cid:inline", "file:///mnt/brand"))
    return desk.plant(NO_EVIDENCE, ForeignLink(f"{host}/banner-{number}.jpg"))


def old_name_after_rename(desk: UseDesk) -> PlantedUse:
    """A link by the old name, after the asset was renamed."""
    desk.meet()
    asset, version, old_name = _renamed(desk, desk.earlier(3))
    return desk.plant(NO_EVIDENCE, asset.link(version, desk.at, public_id=old_name))


def just_after_coverage(desk: UseDesk) -> PlantedUse:
    """Uploaded, approved and used within minutes after the triggers were created."""
    start = COVERAGE_STARTS + desk.chance.randint(5, 40)
    at = desk.meet_at(start + desk.chance.randint(150, 400), in_time=False)
    asset = desk.asset()
    version = asset.upload(start)
    asset.approve(start + 45, version, desk.terms)
    if desk.index % 2:
        return desk.plant(desk.good, asset.link(version, at))
    return desk.plant(desk.good, asset.by_bytes(version))


def deleted_after_use(desk: UseDesk) -> PlantedUse:
    """The asset was destroyed an hour or some days after the use."""
    at = desk.meet(stages=(1, 2, 3))
    asset, version = desk.approved_asset()
    asset.delete(at + desk.pick((2 * HOUR, 6 * DAY)))
    return desk.plant(desk.good, desk.reference(asset, version))


def old_name_before_rename(desk: UseDesk) -> PlantedUse:
    """A link by the old name, an hour before the asset was renamed."""
    at = desk.meet(stages=(1, 2, 3))
    asset, version = desk.approved_asset()
    reference = desk.reference(asset, version, (LIVE, NAME))
    asset.rename(at + HOUR, desk.library.new_name(asset.product_line))
    return desk.plant(desk.good, reference)


def new_name_after_rename(desk: UseDesk) -> PlantedUse:
    """A link by the new name, after the asset was renamed."""
    desk.meet()
    asset, version, _ = _renamed(desk, desk.earlier(3))
    return desk.plant(desk.good, desk.reference(asset, version, (LIVE, NAME)))


def name_given_to_another_asset(desk: UseDesk) -> PlantedUse:
    """The asset was renamed and another took its name; the link serves the other, approved or not."""
    desk.meet(room=8 * DAY)
    uploaded, approved, renamed, uploaded_too, approved_too = desk.earlier(5)
    is_good = desk.index % 2 == 0
    if is_good:
        asset = desk.asset()
        asset.upload(uploaded)
        old_name = asset.name_at(uploaded)
        asset.rename(renamed, desk.library.new_name(asset.product_line))
    else:
        _, _, old_name = _renamed(desk, [uploaded, approved, renamed])
    other = desk.library.new_asset(first_name=old_name)
    version = other.upload(uploaded_too)
    if is_good:
        other.approve(approved_too, version, desk.terms)
    return desk.plant(desk.good if is_good else NOT_APPROVED, desk.reference(other, version, (LIVE,)))


def _older_than_coverage(desk: UseDesk, until: int) -> tuple[AssetHistory, Version]:
    asset = desk.asset()
    uploaded, approved = spread(desk.chance, 2, START + HOUR, until)
    version = asset.upload(uploaded)
    asset.approve(approved, version, desk.terms)
    return asset, version


def _renamed(desk: UseDesk, instants: list[int]) -> tuple[AssetHistory, Version, str]:
    """An asset uploaded, approved and renamed at three instants; gives its old name."""
    uploaded, approved, renamed = instants
    asset = desk.asset()
    version = asset.upload(uploaded)
    asset.approve(approved, version, desk.terms)
    old_name = asset.name_at(approved)
    asset.rename(renamed, desk.library.new_name(asset.product_line))
    return asset, version, old_name


# --- PROVEN_LATE --------------------------------------------------------------------------------------


def recorded_a_little_late(desk: UseDesk) -> PlantedUse:
    """Composed ten minutes more than a day before its stage is recorded."""
    desk.meet_at(stage_end(desk.pick((1, 2, 3, 4))) - DAY - 10 * MINUTE, in_time=False)
    asset, version = desk.approved_asset()
    return desk.plant(PROVEN_LATE, desk.reference(asset, version))


def job_ran_days_later(desk: UseDesk) -> PlantedUse:
    """Composed in a statement run, but its job's report came only with the next stage."""
    stage = desk.pick((1, 2, 3))
    desk.meet_at(statement_instant(desk.chance, stage), in_time=False)
    asset, version = desk.approved_asset()
    recorded = stage_start(stage + 1) + 3 * DAY + desk.chance.randint(0, HOUR)
    return desk.plant(PROVEN_LATE, desk.reference(asset, version), recorded)


def used_mid_month(desk: UseDesk) -> PlantedUse:
    """Composed in a mid-month run, everything else in order."""
    stage = desk.pick((2, 3, 4, 1))
    desk.meet_at(mid_month_instant(desk.chance, stage), in_time=False)
    asset, version = desk.approved_asset()
    return desk.plant(PROVEN_LATE, desk.reference(asset, version))


def recorded_just_in_time(desk: UseDesk) -> PlantedUse:
    """Composed ten minutes less than a day before its stage is recorded."""
    desk.meet_at(stage_end(desk.pick((1, 2, 3, 4))) - DAY + 10 * MINUTE, in_time=True)
    asset, version = desk.approved_asset()
    return desk.plant(PROVEN, desk.reference(asset, version))


def recorded_in_time_by_a_minute(desk: UseDesk) -> PlantedUse:
    """Composed a minute less than a day before its stage is recorded."""
    desk.meet_at(stage_end(desk.pick((4, 3, 2, 1))) - DAY + MINUTE, in_time=True)
    asset, version = desk.approved_asset()
    return desk.plant(PROVEN, desk.reference(asset, version))


@dataclass(frozen=True, slots=True)
class Cause:
    """A planter and the verdicts that it narrowly misses (none: it is a violation)."""

    planter: Callable[[UseDesk], PlantedUse]
    near_miss_of: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The planter's name."""
        return self.planter.__name__


CAUSES = (
    Cause(never_approved),
    Cause(overwritten_after_approval),
    Cause(revoked_before_use),
    Cause(approved_after_use),
    Cause(in_force_later),
    Cause(revoked_just_after_use, (NOT_APPROVED, AMBIGUOUS)),
    Cause(approved_just_before_use, (NOT_APPROVED, AMBIGUOUS)),
    Cause(overwritten_back, (NOT_APPROVED,)),
    Cause(in_force_from_now, (NOT_APPROVED,)),
    Cause(expired_exactly),
    Cause(expired_a_second_ago),
    Cause(expired_long_ago),
    Cause(extended_too_late),
    Cause(expires_a_second_later, (EXPIRED,)),
    Cause(extended_in_time, (EXPIRED,)),
    Cause(expired_but_newer_in_force, (EXPIRED,)),
    Cause(wrong_segment),
    Cause(wrong_jurisdiction),
    Cause(right_region_wrong_offer),
    Cause(no_offer_at_all),
    Cause(everybody_eligible, (NOT_ELIGIBLE,)),
    Cause(one_common_offer, (NOT_ELIGIBLE,)),
    Cause(narrowly_eligible, (NOT_ELIGIBLE,)),
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
    Cause(before_coverage),
    Cause(asset_older_than_coverage),
    Cause(unknown_asset_id),
    Cause(unknown_public_id),
    Cause(no_delivery_url),
    Cause(old_name_after_rename),
    Cause(just_after_coverage, (NO_EVIDENCE,)),
    Cause(deleted_after_use, (NO_EVIDENCE,)),
    Cause(old_name_before_rename, (NO_EVIDENCE,)),
    Cause(new_name_after_rename, (NO_EVIDENCE,)),
    Cause(name_given_to_another_asset, (NO_EVIDENCE,)),
    Cause(recorded_a_little_late, (PROVEN,)),
    Cause(job_ran_days_later, (PROVEN,)),
    Cause(used_mid_month, (PROVEN,)),
    Cause(recorded_just_in_time, (PROVEN_LATE,)),
    Cause(recorded_in_time_by_a_minute, (PROVEN_LATE,)),
)
