"""Causes of the audit trail: shared before an approval or after its end, approved by the uploader, never shared.

Each planter shares something with partners and says what that makes true; what should not be shown is taken down
afterwards, so that only the sharing is left. Nothing here evaluates a rule.
"""

from sandbox.scenario import vocabulary
from sandbox.scenario.artwork_causes import answer, artwork, issue, issued_in_order
from sandbox.scenario.audit_controls import AFTER_END, BEFORE_APPROVAL, NEVER_SHARED, SELF_APPROVED
from sandbox.scenario.events import Access, Publish, Terms, Withdraw
from sandbox.scenario.grid_desk import GridDesk, GridPlanter
from sandbox.scenario.library import AssetHistory, Version
from sandbox.scenario.publication_verdicts import at_publication
from sandbox.scenario.stages import DAY, END, HOUR, MINUTE
from sandbox.scenario.use_cause import EXPIRED, NOT_APPROVED

_SHARED = END - 11 * DAY


def _shown(desk: GridDesk, asset: AssetHistory, version: Version, at: int) -> Publish:
    """Shown for an hour."""
    shown = desk.shown(asset, version, at)
    team = desk.chance.choice(vocabulary.COMMUNITY_TEAM)
    desk.events.append(Withdraw(at + HOUR, shown.publication_id, team))
    return shown


def _approved_or_not(desk: GridDesk, shown: Publish, verdict: str, *, is_violation: bool) -> None:
    """Say that a publication has a verdict as it is shown, or narrowly misses it."""
    if is_violation:
        desk.holds(shown, at=verdict)
    else:
        desk.nearly(shown, at_publication(verdict))


# --- before the approval ------------------------------------------------------------------------------


def shared_before_its_approval(desk: GridDesk) -> None:
    """Approved a minute and a day after it was shown, and a minute and a day before."""
    for later in (MINUTE, DAY, -MINUTE, -DAY):
        asset = desk.library.new_asset()
        version = asset.upload(_SHARED - 3 * DAY)
        asset.approve(_SHARED + later, version, desk.terms)
        shown = _shown(desk, asset, version, _SHARED)
        _approved_or_not(desk, shown, NOT_APPROVED, is_violation=later > 0)
        desk.says(BEFORE_APPROVAL, shown.publication_id, is_violation=later > 0)


def shared_before_it_was_valid(desk: GridDesk) -> None:
    """The approval is declared for a second later; and from the very instant of the sharing."""
    for later in (1, 0):
        asset = desk.library.new_asset()
        version = asset.upload(_SHARED - 3 * DAY)
        asset.approve(_SHARED - 2 * DAY, version, Terms(valid_from=_SHARED + later))
        shown = _shown(desk, asset, version, _SHARED)
        _approved_or_not(desk, shown, NOT_APPROVED, is_violation=later > 0)
        desk.says(BEFORE_APPROVAL, shown.publication_id, is_violation=later > 0)


def newer_version_shared_before_its_approval(desk: GridDesk) -> None:
    """The version before was approved, this one an hour after it was shown; the one before was shown with it."""
    asset, version, _ = desk.approved_asset(_SHARED - 2 * DAY)
    newer = asset.upload(_SHARED - DAY)
    asset.approve(_SHARED + 2 * HOUR, newer, desk.terms)
    shown = _shown(desk, asset, newer, _SHARED)
    desk.holds(shown, at=NOT_APPROVED)
    desk.violates(BEFORE_APPROVAL, shown.publication_id)
    desk.misses(BEFORE_APPROVAL, _shown(desk, asset, version, _SHARED).publication_id)


def artwork_sent_before_its_approval(desk: GridDesk) -> None:
    """Sent to a partner an hour before it was approved, and acknowledged; another one an hour after."""
    for later in (HOUR, -HOUR):
        asset, _ = artwork(desk, _SHARED - 4 * DAY)
        newer = asset.upload(_SHARED - DAY)
        asset.approve(_SHARED + later, newer, Terms())
        sent = issued_in_order(desk, asset, newer, _SHARED)
        desk.says(BEFORE_APPROVAL, sent, is_violation=later > 0)


# --- after its end ------------------------------------------------------------------------------------


def shared_after_it_expired(desk: GridDesk) -> None:
    """Shown at the very end of its validity and an hour later; and a second and an hour before it."""
    for early in (0, -HOUR, 1, HOUR):
        asset, version, _ = desk.approved_asset(_SHARED - 2 * DAY, Terms(valid_to=_SHARED + early))
        shown = _shown(desk, asset, version, _SHARED)
        _approved_or_not(desk, shown, EXPIRED, is_violation=early < 1)
        desk.says(AFTER_END, shown.publication_id, is_violation=early < 1)


def shared_after_it_was_revoked(desk: GridDesk) -> None:
    """Revoked a minute and a day before it was shown; and a minute and a day after."""
    for before in (MINUTE, DAY, -MINUTE, -DAY):
        asset, version, _ = desk.approved_asset(_SHARED - 3 * DAY)
        asset.revoke(_SHARED - before, version)
        shown = _shown(desk, asset, version, _SHARED)
        _approved_or_not(desk, shown, NOT_APPROVED, is_violation=before > 0)
        desk.says(AFTER_END, shown.publication_id, is_violation=before > 0)


def shared_after_it_was_approved_again(desk: GridDesk) -> None:
    """Revoked, and approved again before it was shown; and revoked, and approved again only after."""
    for again in (-HOUR, HOUR):
        asset, version, _ = desk.approved_asset(_SHARED - 4 * DAY)
        asset.revoke(_SHARED - 2 * DAY, version)
        asset.approve(_SHARED + again, version, desk.terms)
        shown = _shown(desk, asset, version, _SHARED)
        _approved_or_not(desk, shown, NOT_APPROVED, is_violation=again > 0)
        desk.says(AFTER_END, shown.publication_id, is_violation=again > 0)


# --- by whom it was approved --------------------------------------------------------------------------


def approved_by_its_uploader(desk: GridDesk) -> None:
    """Shown and sent under the approval of the one who uploaded it."""
    asset, version, _ = desk.approved_asset(_SHARED - 4 * DAY)
    own = asset.upload(_SHARED - 2 * DAY)
    asset.approve(_SHARED - DAY, own, desk.terms, actor=asset.uploader_of(own))
    desk.violates(SELF_APPROVED, _shown(desk, asset, own, _SHARED).publication_id)
    for later in (2 * HOUR, 2 * DAY):
        desk.violates(SELF_APPROVED, _shown(desk, asset, own, _SHARED + later).publication_id)
    desk.misses(SELF_APPROVED, _shown(desk, asset, version, _SHARED).publication_id)
    sent, its_version = artwork(desk, _SHARED - 4 * DAY)
    newer = sent.upload(_SHARED - 3 * DAY)
    sent.approve(_SHARED - 2 * DAY, newer, Terms(), actor=sent.uploader_of(newer))
    desk.misses(SELF_APPROVED, issued_in_order(desk, sent, its_version, _SHARED - 3 * DAY))
    desk.violates(SELF_APPROVED, issued_in_order(desk, sent, newer, _SHARED))


def approved_by_another_uploader(desk: GridDesk) -> None:
    """Approved by who uploaded the version before; and by its own uploader first, then by somebody else."""
    asset, first, _ = desk.approved_asset(_SHARED - 4 * DAY)
    uploaders = (one for one in vocabulary.UPLOADERS if one != asset.uploader_of(first))
    second = asset.upload(_SHARED - 2 * DAY, actor=next(uploaders))
    asset.approve(_SHARED - DAY, second, desk.terms, actor=asset.uploader_of(first))
    desk.misses(SELF_APPROVED, _shown(desk, asset, second, _SHARED).publication_id)
    for anew in (-HOUR, HOUR):
        other, _, _ = desk.approved_asset(_SHARED - 4 * DAY)
        own = other.upload(_SHARED - 2 * DAY)
        other.approve(_SHARED - DAY, own, desk.terms, actor=other.uploader_of(own))
        other.approve(_SHARED + anew, own, desk.terms)
        shown = _shown(desk, other, own, _SHARED)
        desk.says(SELF_APPROVED, shown.publication_id, is_violation=anew > 0)
    untouched, version, _ = desk.approved_asset(_SHARED - 2 * DAY)
    desk.misses(SELF_APPROVED, _shown(desk, untouched, version, _SHARED).publication_id)


# --- received and never shared ------------------------------------------------------------------------


def acknowledged_by_another_partner(desk: GridDesk) -> None:
    """Sent to one partner, acknowledged by another one, too."""
    for _ in range(2):
        asset, version = artwork(desk, _SHARED - 2 * DAY)
        distribution, sent = issue(desk, asset, version, _SHARED)
        desk.misses(NEVER_SHARED, answer(desk, distribution, _SHARED + DAY, "portal", "accepted", sent))
        with desk.as_stranger():
            desk.violates(NEVER_SHARED, answer(desk, distribution, _SHARED + DAY, "portal", "accepted", sent))


def opened_by_a_stranger(desk: GridDesk) -> None:
    """A partner of other communities is delivered and opens what this one shows; so does a partner of this one."""
    asset, version, _ = desk.approved_asset(_SHARED - 2 * DAY)
    shown = _shown(desk, asset, version, _SHARED)
    for action in ("delivered", "opened", "downloaded"):
        desk.misses(NEVER_SHARED, _received(desk, shown, action))
    with desk.as_stranger():
        for action in ("delivered", "opened"):
            desk.violates(NEVER_SHARED, _received(desk, shown, action))


def _received(desk: GridDesk, shown: Publish, action: str) -> str:
    access = desk.numbers.draw("ACC")
    desk.events.append(Access(_SHARED + 10 * MINUTE, access, shown.publication_id, desk.partner, action))
    return access


AUDIT_CAUSES: tuple[GridPlanter, ...] = (
    shared_before_its_approval,
    shared_before_it_was_valid,
    newer_version_shared_before_its_approval,
    artwork_sent_before_its_approval,
    shared_after_it_expired,
    shared_after_it_was_revoked,
    shared_after_it_was_approved_again,
    approved_by_its_uploader,
    approved_by_another_uploader,
    acknowledged_by_another_partner,
    opened_by_a_stranger,
)
