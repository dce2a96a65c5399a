"""Causes of verdicts that rest on approvals: not approved, expired, not eligible, and near misses of each.

Each function builds the history that makes its verdict true and says that verdict; nothing here evaluates a rule.
"""

from dataclasses import replace

from sandbox.scenario import vocabulary
from sandbox.scenario.desk import (
    PlantedUse,
    UseDesk,
    with_member,
    without_members,
)
from sandbox.scenario.events import Terms
from sandbox.scenario.library import AssetHistory, Version
from sandbox.scenario.stages import (
    DAY,
    HOUR,
    MINUTE,
    spread,
)
from sandbox.scenario.use_cause import AMBIGUOUS, EXPIRED, NOT_APPROVED, NOT_ELIGIBLE, Cause

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


def approved_after_use_and_back_dated(desk: UseDesk) -> PlantedUse:
    """The approval came ten seconds, an hour or two days after the use, and says that it is valid from before it."""
    at = desk.meet(stages=(1, 2, 3))
    asset = desk.asset()
    version = asset.upload(desk.earlier(1)[0])
    terms = replace(desk.terms, valid_from=at - desk.pick((0, HOUR, 5 * DAY)))
    asset.approve(at + desk.pick((10, HOUR, 2 * DAY)), version, terms)
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
    return desk.plant(desk.good, desk.reference(asset, version), exposure=NOT_APPROVED)


def approved_just_before_use(desk: UseDesk) -> PlantedUse:
    """The approval came ten seconds or some minutes before the use."""
    at = desk.meet()
    asset = desk.asset()
    version = asset.upload(desk.earlier(1)[0])
    asset.approve(at - desk.pick((10, 4 * MINUTE)), version, desk.terms)
    return desk.plant(desk.good, desk.reference(asset, version))


def back_dated_before_use(desk: UseDesk) -> PlantedUse:
    """The approval came ten seconds, some minutes or an hour before the use, valid from days before it was given."""
    at = desk.meet()
    asset = desk.asset()
    version = asset.upload(desk.earlier(1)[0])
    granted = at - desk.pick((10, 4 * MINUTE, HOUR - MINUTE))
    asset.approve(granted, version, replace(desk.terms, valid_from=granted - desk.pick((1, DAY, 30 * DAY))))
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
    return _declared(desk, replace(desk.terms, valid_to=at + 1), desk.good, exposure=EXPIRED)


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


def _declared(desk: UseDesk, terms: Terms, verdict: str, exposure: str | None = None) -> PlantedUse:
    """One version, approved on terms whose declared validity is the point."""
    asset = desk.asset()
    uploaded, approved = desk.earlier(2)
    version = asset.upload(uploaded)
    asset.approve(approved, version, terms, names_bytes=desk.chance.random() < 0.75)
    return desk.plant(verdict, desk.reference(asset, version), exposure=exposure)


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


CAUSES = (
    Cause(never_approved),
    Cause(overwritten_after_approval),
    Cause(revoked_before_use),
    Cause(approved_after_use),
    Cause(approved_after_use_and_back_dated),
    Cause(in_force_later),
    Cause(revoked_just_after_use, (NOT_APPROVED, AMBIGUOUS)),
    Cause(approved_just_before_use, (NOT_APPROVED, AMBIGUOUS)),
    Cause(back_dated_before_use, (NOT_APPROVED, AMBIGUOUS)),
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
)
