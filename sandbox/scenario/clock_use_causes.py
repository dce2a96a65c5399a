"""Causes of verdicts where the engine's clock was ten minutes ahead of the media service's, and near misses of each.

Every use here was composed ten minutes before the instant that the engine wrote. What happened in those minutes
came after the letter, and reads as if it had come before it; nothing that is within reach of such a clock, ahead or
behind, can be told. Each function builds the history that makes its verdict true and says that verdict; nothing here
evaluates a rule.
"""

from dataclasses import replace

from sandbox.scenario.desk import LIVE, PlantedUse, UseDesk
from sandbox.scenario.events import Terms
from sandbox.scenario.stages import CLOCK_SECONDS, DAY, HOUR, MINUTE, SKEW_SECONDS, SKEWED_DAY
from sandbox.scenario.use_cause import AMBIGUOUS, EXPIRED, NOT_APPROVED, Cause

#: The last second that such a clock cannot tell from its own: the ten minutes, and what sound clocks are apart.
_REACH = SKEW_SECONDS + CLOCK_SECONDS

# --- within reach of the clock --------------------------------------------------------------------------


def granted_after_a_clock_ahead(desk: UseDesk) -> PlantedUse:
    """Approved in the ten minutes after the letter was composed, and before the instant that the engine wrote."""
    at = _meet(desk)
    asset = desk.asset()
    version = asset.upload(desk.earlier(1)[0])
    asset.approve(at - desk.pick((_REACH - 1, 4 * MINUTE, 3)), version, desk.terms)
    return desk.plant(AMBIGUOUS, desk.reference(asset, version))


def revoked_after_a_clock_ahead(desk: UseDesk) -> PlantedUse:
    """Revoked in the ten minutes after the letter was composed, or so long behind what the engine wrote."""
    at = _meet(desk)
    asset, version = desk.approved_asset()
    asset.revoke(at + desk.pick((-5 * MINUTE, _REACH, 1 - _REACH)), version)
    return desk.plant(AMBIGUOUS, desk.reference(asset, version), exposure=NOT_APPROVED)


def link_overwritten_after_a_clock_ahead(desk: UseDesk) -> PlantedUse:
    """Approved bytes behind a link, overwritten by unapproved ones in the ten minutes after the letter was composed."""
    at = _meet(desk)
    asset, version = desk.approved_asset()
    overwritten = at - desk.pick((_REACH - 1, 5 * MINUTE, 10))
    asset.upload(overwritten)
    return desk.plant(AMBIGUOUS, desk.reference(asset, version, (LIVE,)), exposure=desk.bare_from(overwritten))


def declared_end_near_a_clock_ahead(desk: UseDesk) -> PlantedUse:
    """The declared validity ended, or began, between the letter and the instant that the engine wrote."""
    at = _meet(desk)
    if desk.index % 2:
        return _declared(desk, replace(desk.terms, valid_from=at - SKEW_SECONDS + 1), AMBIGUOUS)
    return _declared(desk, replace(desk.terms, valid_to=at - 5 * MINUTE), AMBIGUOUS, exposure=EXPIRED)


# --- out of its reach -----------------------------------------------------------------------------------


def told_apart_by_a_clock_ahead(desk: UseDesk) -> PlantedUse:
    """Approved clear of the ten minutes, and revoked before them, after them, or never."""
    at = _meet(desk)
    asset = desk.asset()
    version = asset.upload(desk.earlier(1)[0])
    clear = desk.index % 3
    asset.approve(at - (_REACH if clear == 0 else HOUR - MINUTE), version, desk.terms)
    if clear == 0:
        return desk.plant(desk.good, desk.reference(asset, version))
    asset.revoke(at + (_REACH + 1 if clear == 1 else -_REACH), version)
    verdict = desk.good if clear == 1 else NOT_APPROVED
    return desk.plant(verdict, desk.reference(asset, version), exposure=NOT_APPROVED)


def declared_end_clear_of_a_clock_ahead(desk: UseDesk) -> PlantedUse:
    """The declared validity ended before the ten minutes, or ends or began clear of them."""
    at = _meet(desk)
    case = desk.index % 3
    if case == 0:
        return _declared(desk, replace(desk.terms, valid_to=at - SKEW_SECONDS), EXPIRED)
    if case == 1:
        return _declared(desk, replace(desk.terms, valid_to=at + SKEW_SECONDS + 1), desk.good, exposure=EXPIRED)
    return _declared(desk, replace(desk.terms, valid_from=at - SKEW_SECONDS), desk.good)


def _meet(desk: UseDesk) -> int:
    """Meet on the day of that clock, from six in the morning to eight in the evening."""
    return desk.meet_at(SKEWED_DAY + desk.chance.randint(6 * HOUR, 20 * HOUR), in_time=False)


def _declared(desk: UseDesk, terms: Terms, verdict: str, exposure: str | None = None) -> PlantedUse:
    """One version, approved days before on terms whose declared validity is the point."""
    asset = desk.asset()
    uploaded, approved = desk.earlier(2, until=desk.at - DAY)
    version = asset.upload(uploaded)
    asset.approve(approved, version, terms)
    return desk.plant(verdict, desk.reference(asset, version), exposure=exposure)


CAUSES = (
    Cause(granted_after_a_clock_ahead),
    Cause(revoked_after_a_clock_ahead),
    Cause(link_overwritten_after_a_clock_ahead),
    Cause(declared_end_near_a_clock_ahead),
    Cause(told_apart_by_a_clock_ahead, (AMBIGUOUS,)),
    Cause(declared_end_clear_of_a_clock_ahead, (AMBIGUOUS,)),
)
