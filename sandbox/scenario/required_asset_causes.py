"""Causes of what each required asset is at its launch: ready, missing, waiting for its approval; near misses of each.

Each planter shows assets and makes launches that require them, and says what that makes true. What is not shown for
good is taken down after its launch, so that the readiness is left. Nothing here evaluates a rule.
"""

from dataclasses import replace

from sandbox.scenario import vocabulary
from sandbox.scenario.audit_controls import AFTER_END, BEFORE_APPROVAL
from sandbox.scenario.correction_kinds import POST_READINESS
from sandbox.scenario.desk import with_member, without_members
from sandbox.scenario.events import Publish, Terms, Withdraw
from sandbox.scenario.grid_desk import GridDesk, GridPlanter
from sandbox.scenario.launch_readiness import (
    ANOTHER_VARIANT,
    APPROVAL_NOT_KNOWN,
    APPROVAL_PENDING,
    GO,
    NO_GO,
    NOT_NAMED,
    NOT_PUBLISHED,
    READY,
)
from sandbox.scenario.launch_readiness_causes import (
    DUE,
    LATER,
    LAUNCHED,
    PLANNED,
    SHOWN,
    drafted_asset,
    final_asset,
    launch_of,
    never_shown,
    shown_in_order,
)
from sandbox.scenario.library import AssetHistory, Version
from sandbox.scenario.publication_causes import OUTDATED
from sandbox.scenario.publication_verdicts import at_publication, of_publication_now
from sandbox.scenario.readiness_causes import MISSING_ASSETS, UNAPPROVED_VISUALS
from sandbox.scenario.stages import (
    COVERAGE_STARTS,
    DAY,
    END,
    GRACE_DAYS_AFTER_CHANGE,
    HOUR,
    MINUTE,
    START,
    spread,
)
from sandbox.scenario.use_cause import AMBIGUOUS, EXPIRED, NO_EVIDENCE, NOT_APPROVED, NOT_ELIGIBLE, SUPERSEDED

_GRACE = GRACE_DAYS_AFTER_CHANGE * DAY
_PLACES = tuple(vocabulary.JURISDICTIONS)


def _shown_until_launched(desk: GridDesk, asset: AssetHistory, version: Version, at: int = SHOWN) -> Publish:
    """Shown from an instant to an hour after the launch."""
    shown = desk.shown(asset, version, at)
    team = desk.chance.choice(vocabulary.COMMUNITY_TEAM)
    desk.events.append(Withdraw(LAUNCHED + HOUR, shown.publication_id, team))
    return shown


def _of_two(desk: GridDesk, shown: Publish, code: str, other: str) -> str:
    """A launch requires what is shown, and it is one thing and nearly the other; gives the requirement's id."""
    launch = launch_of(desk, GO if code == READY else NO_GO, NO_GO if code == READY else GO)
    return launch.require(shown, code, due=DUE, nearly=(other,))


def _pending(desk: GridDesk, shown: Publish, verdict: str, control: str | None, *, is_launched: bool = False) -> None:
    """What is shown is not approved: by its verdict, with what that violates; `is_launched`: at the launch it was."""
    requirement = _of_two(desk, shown, APPROVAL_PENDING, READY)
    desk.holds(shown, at=verdict)
    desk.violates(MISSING_ASSETS, requirement)
    desk.says(UNAPPROVED_VISUALS, requirement, is_violation=not is_launched)
    if control:
        desk.violates(control, shown.publication_id)


def _approved_after_all(desk: GridDesk, shown: Publish, verdict: str) -> None:
    """What is shown is ready: its approval counts, narrowly."""
    desk.misses(MISSING_ASSETS, _of_two(desk, shown, READY, APPROVAL_PENDING))
    desk.nearly(shown, at_publication(verdict))


def shown_without_an_approval(desk: GridDesk) -> None:
    """Approved an hour after the launch, and a minute before it was shown."""
    for approved in (LAUNCHED + HOUR, SHOWN - MINUTE):
        asset = drafted_asset(desk, PLANNED - DAY)
        version = asset.upload(PLANNED)
        asset.approve(approved, version, desk.terms)
        shown = _shown_until_launched(desk, asset, version)
        if approved > LAUNCHED:
            _pending(desk, shown, NOT_APPROVED, BEFORE_APPROVAL)
        else:
            _approved_after_all(desk, shown, NOT_APPROVED)


def shown_after_its_approval_ended(desk: GridDesk) -> None:
    """Revoked, or not valid any more, a day before it was shown; and an hour after the launch."""
    for ended in (SHOWN - DAY, LAUNCHED + HOUR):
        for verdict in (NOT_APPROVED, EXPIRED):
            terms = Terms(valid_to=ended) if verdict == EXPIRED else desk.terms
            asset, version = final_asset(desk, terms)
            if verdict == NOT_APPROVED:
                asset.revoke(ended, version)
            shown = _shown_until_launched(desk, asset, version)
            if ended < SHOWN:
                _pending(desk, shown, verdict, AFTER_END)
            else:
                _approved_after_all(desk, shown, verdict)


def shown_where_it_is_not_approved(desk: GridDesk) -> None:
    """Approved for other regions than the community's, and for its region among others."""
    here = desk.community.region
    for is_allowed in (False, True):
        choose = (
            with_member(desk.chance, _PLACES, here) if is_allowed else without_members(desk.chance, _PLACES, [here])
        )
        asset, version = final_asset(desk, Terms(jurisdictions=choose))
        shown = _shown_until_launched(desk, asset, version)
        if is_allowed:
            _approved_after_all(desk, shown, NOT_ELIGIBLE)
        else:
            _pending(desk, shown, NOT_ELIGIBLE, None)


def old_version_is_shown(desk: GridDesk) -> None:
    """The version before the approved one, for a day longer than the grace and for a day less."""
    for since in (_GRACE + DAY, _GRACE - DAY):
        asset, version = final_asset(desk, until=SHOWN - since - 2 * DAY)
        desk.newer(asset, SHOWN - since)
        shown = _shown_until_launched(desk, asset, version)
        if since > _GRACE:
            _pending(desk, shown, SUPERSEDED, None, is_launched=True)
        else:
            _approved_after_all(desk, shown, SUPERSEDED)


def approval_counts_until_the_launch_to_come(desk: GridDesk) -> None:
    """A launch to come: approved when it was shown and revoked since; not approved then, and approved since."""
    asset, version = final_asset(desk)
    revoked = desk.shown(asset, version, SHOWN)
    asset.revoke(END - DAY, version)
    desk.holds(revoked, now=NOT_APPROVED)
    desk.violates(OUTDATED, revoked.publication_id)
    launch = launch_of(desk, NO_GO, GO, at=LATER)
    requirement = launch.require(revoked, APPROVAL_PENDING, due=DUE, nearly=(READY,))
    desk.answered(MISSING_ASSETS, requirement, POST_READINESS, launch.name)
    late = drafted_asset(desk, PLANNED - DAY)
    version = late.upload(PLANNED)
    shown = desk.shown(late, version, SHOWN)
    late.approve(END - DAY, version, desk.terms)
    desk.holds(shown, at=NOT_APPROVED)
    desk.nearly(shown, of_publication_now(NOT_APPROVED))
    desk.violates(BEFORE_APPROVAL, shown.publication_id)
    launch = launch_of(desk, GO, NO_GO, at=LATER)
    desk.misses(MISSING_ASSETS, launch.require(shown, READY, due=DUE, nearly=(APPROVAL_PENDING,)))


def the_best_that_is_shown_counts(desk: GridDesk) -> None:
    """Shown twice: without an approval and with one; for another market and for this one."""
    asset, version = final_asset(desk)
    unapproved = asset.upload(SHOWN - DAY)
    first = _shown_until_launched(desk, asset, unapproved)
    desk.holds(first, at=NOT_APPROVED)
    desk.violates(BEFORE_APPROVAL, first.publication_id)
    second = _shown_until_launched(desk, asset, version, SHOWN + HOUR)
    requirement = _of_two(desk, second, READY, APPROVAL_PENDING)
    desk.violates(UNAPPROVED_VISUALS, requirement)
    asset, version = final_asset(desk)
    other_language = "en" if desk.community.language != "en" else "fr"
    desk.shown(asset, version, SHOWN, language=other_language)
    _of_two(desk, desk.shown(asset, version, SHOWN), READY, ANOTHER_VARIANT)


def approval_is_not_known(desk: GridDesk) -> None:
    """Shown so near the approval that nobody knows which came first, two seconds or more after it, or before coverage.

    What is not known is no finding: it is looked into, and nobody is told that something lacks.
    """
    asset = drafted_asset(desk, PLANNED - DAY)
    version = asset.upload(PLANNED)
    asset.approve(SHOWN, version, desk.terms)
    for after in (-1, 0, 1, 2, 3, 4):
        shown = _shown_until_launched(desk, asset, version, SHOWN + after)
        is_ordered = after > 1
        codes = (READY, APPROVAL_NOT_KNOWN) if is_ordered else (APPROVAL_NOT_KNOWN, READY)
        # Beside the others that are shown it has to be required in a variant of its own.
        shown = _as_variant(desk, shown, after)
        launch = launch_of(desk, GO if is_ordered else NO_GO, at=LAUNCHED)
        requirement = launch.require(shown, codes[0], due=DUE, nearly=codes[1:], language=shown.language)
        desk.misses(MISSING_ASSETS, requirement)
        desk.misses(UNAPPROVED_VISUALS, requirement)
        if is_ordered:
            desk.nearly(shown, at_publication(AMBIGUOUS))
        else:
            desk.holds(shown, at=AMBIGUOUS)
    _older_than_coverage(desk)


def _as_variant(desk: GridDesk, shown: Publish, number: int) -> Publish:
    """The same publication in a language of its own."""
    language = ("en", "de", "fr", "es", "it", "nl")[number + 1]
    variant = replace(shown, language=language)
    desk.events[desk.events.index(shown)] = variant
    return variant


def _older_than_coverage(desk: GridDesk) -> None:
    """Uploaded and approved before anybody was told of changes, and just after that."""
    for is_covered in (False, False, True, True):
        asset = desk.library.new_asset()
        if is_covered:
            uploaded, approved = COVERAGE_STARTS + MINUTE, COVERAGE_STARTS + HOUR
        else:
            uploaded, approved = spread(desk.chance, 2, START + HOUR, COVERAGE_STARTS - 2 * DAY)
        version = asset.upload(uploaded)
        asset.approve(approved, version, desk.terms)
        shown = _shown_until_launched(desk, asset, version)
        codes = (READY, APPROVAL_NOT_KNOWN) if is_covered else (APPROVAL_NOT_KNOWN, READY)
        requirement = _of_two(desk, shown, *codes)
        desk.misses(MISSING_ASSETS, requirement)
        desk.misses(UNAPPROVED_VISUALS, requirement)
        if is_covered:
            desk.nearly(shown, at_publication(NO_EVIDENCE))
        else:
            desk.holds(shown, at=NO_EVIDENCE)


def nobody_said_which_asset(desk: GridDesk) -> None:
    """Described and not named, of a launch to come and of one that was; named and shown, and named and not shown."""
    shown = shown_in_order(desk)
    for at in (LATER, LAUNCHED):
        launch = launch_of(desk, NO_GO, at=at)
        for text in ("The key visual of the campaign.", "A spec sheet."):
            requirement = launch.require(None, NOT_NAMED, due=DUE, nearly=(NOT_PUBLISHED,), description=text)
            if at == LAUNCHED:
                desk.violates(MISSING_ASSETS, requirement)
            else:
                desk.answered(MISSING_ASSETS, requirement, POST_READINESS, launch.name)
    _of_two(desk, shown, READY, NOT_NAMED)
    missing = _of_two(desk, never_shown(desk), NOT_PUBLISHED, NOT_NAMED)
    desk.violates(MISSING_ASSETS, missing)


def any_variant_will_do(desk: GridDesk) -> None:
    """Shown for another market, in another language: required for any, in any, in both, and as it is."""
    other_language = "en" if desk.community.language != "en" else "fr"
    asset, version = final_asset(desk)
    shown = _shown_until_launched(desk, asset, version)
    desk.events[desk.events.index(shown)] = shown = replace(shown, language=other_language)
    for words in (
        {"language": "any"},
        {"language": "any", "market": "any"},
        {"language": other_language},
        {"language": other_language, "format": asset.image_format},
    ):
        launch = launch_of(desk, GO, NO_GO)
        desk.misses(MISSING_ASSETS, launch.require(shown, READY, due=DUE, nearly=(ANOTHER_VARIANT,), **words))
    for words in ({}, {"market": "any"}, {"language": other_language, "format": "avif"}):
        launch = launch_of(desk, NO_GO, GO)
        desk.violates(MISSING_ASSETS, launch.require(shown, ANOTHER_VARIANT, due=DUE, nearly=(READY,), **words))


REQUIRED_ASSET_CAUSES: tuple[GridPlanter, ...] = (
    shown_without_an_approval,
    shown_after_its_approval_ended,
    shown_where_it_is_not_approved,
    old_version_is_shown,
    approval_counts_until_the_launch_to_come,
    the_best_that_is_shown_counts,
    approval_is_not_known,
    nobody_said_which_asset,
    any_variant_will_do,
)
