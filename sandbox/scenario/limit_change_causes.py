"""Causes of verdicts where the same bytes were approved anew for fewer or more segments or offers, and near misses.

Whom an approval admits is a matter of the instant: what it said first and what it says at last are both wrong for some
uses here. Every other repetition is about offers. All uses of one repetition stand in one letter. Each function builds
the history that makes its verdict true and says that verdict; nothing here evaluates a rule.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sandbox.scenario import vocabulary
from sandbox.scenario.desk import Option, PlantedUse, UseDesk, without_members
from sandbox.scenario.events import Terms
from sandbox.scenario.library import AssetHistory, Version
from sandbox.scenario.shared_letters import SharedLetter
from sandbox.scenario.stages import CLOCK_SECONDS, DAY, HOUR
from sandbox.scenario.use_cause import AMBIGUOUS, NOT_APPROVED, NOT_ELIGIBLE, Cause

#: The least number of seconds by which an event of another system is surely before a use, and surely after it.
_SURELY_BEFORE, _SURELY_AFTER = CLOCK_SECONDS, CLOCK_SECONDS + 1


@dataclass(frozen=True, slots=True)
class _Limits:
    """Terms without the customer's segment or offers, with one of them beside those, and with nothing but that one."""

    others: Terms
    more: Terms
    own: Terms


# --- not for the customer at that instant -----------------------------------------------------------------


def narrowed_before_use(desk: UseDesk) -> PlantedUse:
    """Approved for the customer or for everybody, and approved anew for others only, seconds or days before the use."""
    limits = _limits(desk)
    first = _way(desk, (limits.more, _limited(desk, ())))
    asset, version = _approved(desk, first, desk.at - _way(desk, (_SURELY_BEFORE, 2 * DAY)), limits.others)
    return desk.plant(NOT_ELIGIBLE, desk.reference(asset, version))


def widened_after_use(desk: UseDesk) -> PlantedUse:
    """Approved for others, and approved anew for the customer, too, seconds or hours after the use."""
    limits = _limits(desk)
    asset, version = _approved(desk, limits.others, desk.at + _way(desk, (5 * HOUR, _SURELY_AFTER)), limits.more)
    return desk.plant(NOT_ELIGIBLE, desk.reference(asset, version))


def widened_and_narrowed_before_use(desk: UseDesk) -> PlantedUse:
    """Approved for others, then for the customer, too, and before the use for others only again."""
    limits = _limits(desk)
    *_, widened, narrowed = desk.earlier(4)
    asset, version = _approved(desk, limits.others, widened, limits.more)
    asset.approve(narrowed, version, limits.others)
    return desk.plant(NOT_ELIGIBLE, desk.reference(asset, version))


def narrowed_for_a_while(desk: UseDesk) -> PlantedUse:
    """Used in the hours in which the approval was for others only; before and after, it was for the customer, too."""
    limits = _limits(desk)
    asset, version = _approved(desk, limits.more, desk.at - _way(desk, (DAY, HOUR)), limits.others)
    asset.approve(desk.at + _way(desk, (HOUR, DAY)), version, limits.more)
    return desk.plant(NOT_ELIGIBLE, desk.reference(asset, version))


# --- for the customer at that instant ---------------------------------------------------------------------


def narrowed_after_use(desk: UseDesk) -> PlantedUse:
    """Approved for the customer, too, and approved anew for others only, seconds or a day after the use."""
    limits = _limits(desk)
    asset, version = _approved(desk, limits.more, desk.at + _way(desk, (_SURELY_AFTER, DAY)), limits.others)
    return desk.plant(desk.good, desk.reference(asset, version), exposure=NOT_ELIGIBLE)


def widened_before_use(desk: UseDesk) -> PlantedUse:
    """Approved for others, and approved anew for the customer, too, seconds or an hour before the use."""
    limits = _limits(desk)
    asset, version = _approved(desk, limits.others, desk.at - _way(desk, (HOUR, _SURELY_BEFORE)), limits.more)
    return desk.plant(desk.good, desk.reference(asset, version))


def widened_for_a_while(desk: UseDesk) -> PlantedUse:
    """Used in the hours or days in which the approval was for the customer, too; before and after, it was not."""
    limits = _limits(desk)
    asset, version = _approved(desk, limits.others, desk.at - _way(desk, (HOUR, DAY)), limits.more)
    asset.approve(desk.at + _way(desk, (DAY, HOUR)), version, limits.others)
    return desk.plant(desk.good, desk.reference(asset, version), exposure=NOT_ELIGIBLE)


def narrowed_to_the_customer(desk: UseDesk) -> PlantedUse:
    """Approved for several, and approved anew for nobody but the customer, seconds or a day before the use."""
    limits = _limits(desk)
    asset, version = _approved(desk, limits.more, desk.at - _way(desk, (DAY, _SURELY_BEFORE)), limits.own)
    return desk.plant(desk.good, desk.reference(asset, version))


# --- at the instant itself --------------------------------------------------------------------------------


def narrowed_at_the_instant(desk: UseDesk) -> PlantedUse:
    """Approved for the customer, too, and approved anew for others only, at the instant of use or a second after it."""
    limits = _limits(desk)
    asset, version = _approved(desk, limits.more, desk.at + _way(desk, (0, 1)), limits.others)
    return desk.plant(AMBIGUOUS, desk.reference(asset, version), exposure=NOT_ELIGIBLE)


def widened_at_the_instant(desk: UseDesk) -> PlantedUse:
    """Approved for others, and approved anew for the customer, too, at the instant of use or two seconds after it."""
    limits = _limits(desk)
    asset, version = _approved(desk, limits.others, desk.at + _way(desk, (0, CLOCK_SECONDS)), limits.more)
    return desk.plant(AMBIGUOUS, desk.reference(asset, version))


def widened_from_the_instant(desk: UseDesk) -> PlantedUse:
    """Approved for others, and hours before the use anew for the customer, too, as from its very instant."""
    return _widened_from(desk, desk.at, desk.good)


def widened_from_a_second_later(desk: UseDesk) -> PlantedUse:
    """Approved for others, and hours before the use anew for the customer, too, as from a second after it."""
    return _widened_from(desk, desk.at + 1, NOT_APPROVED)


def _widened_from(desk: UseDesk, valid_from: int, verdict: str) -> PlantedUse:
    """The approval that is valid from an instant ended the one before it when it was given."""
    limits = _limits(desk)
    anew = replace(limits.more, valid_from=valid_from)
    asset, version = _approved(desk, limits.others, desk.at - _way(desk, (3 * HOUR, DAY)), anew)
    return desk.plant(verdict, desk.reference(asset, version))


def _approved(desk: UseDesk, first: Terms, changed: int, anew: Terms) -> tuple[AssetHistory, Version]:
    """One version, approved on its first terms days before they are changed, and on others at that instant."""
    asset = desk.asset()
    uploaded, approved = desk.earlier(2, until=min(desk.at, changed) - HOUR)
    version = asset.upload(uploaded)
    asset.approve(approved, version, first)
    asset.approve(changed, version, anew)
    return asset, version


def _is_about_offers(desk: UseDesk) -> bool:
    """What is limited in this repetition: offers, or segments."""
    return bool(desk.index % 2)


def _way(desk: UseDesk, options: Sequence[Option]) -> Option:
    """The option of this repetition: those about segments walk through all of them, and so do those about offers."""
    return options[desk.index // 2 % len(options)]


def _limits(desk: UseDesk) -> _Limits:
    values: tuple[str, ...] = vocabulary.OFFERS if _is_about_offers(desk) else vocabulary.SEGMENTS
    own = desk.customer.offers if _is_about_offers(desk) else (desk.customer.segment,)
    others = without_members(desk.chance, values, own)
    one = desk.chance.choice(own)
    return _Limits(
        others=_limited(desk, others),
        more=_limited(desk, tuple(sorted((*others, one)))),
        own=_limited(desk, (one,)),
    )


def _limited(desk: UseDesk, members: tuple[str, ...]) -> Terms:
    """The desk's terms for these segments or offers; none: for everybody."""
    if _is_about_offers(desk):
        return replace(desk.terms, offers=members)
    return replace(desk.terms, segments=members)


LETTER = SharedLetter(
    name="limits that change",
    causes=(
        Cause(narrowed_before_use),
        Cause(widened_after_use),
        Cause(widened_and_narrowed_before_use),
        Cause(narrowed_for_a_while),
        Cause(narrowed_after_use, (NOT_ELIGIBLE,)),
        Cause(widened_before_use, (NOT_ELIGIBLE,)),
        Cause(widened_for_a_while, (NOT_ELIGIBLE,)),
        Cause(narrowed_to_the_customer, (NOT_ELIGIBLE,)),
        Cause(narrowed_at_the_instant),
        Cause(widened_at_the_instant),
        Cause(widened_from_the_instant, (NOT_ELIGIBLE, NOT_APPROVED)),
        Cause(widened_from_a_second_later, (NOT_ELIGIBLE,)),
    ),
    repetitions=4,
    stages=(1, 2, 3),
    room=5 * DAY,
)
