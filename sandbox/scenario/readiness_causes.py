"""Causes of exceptions around launches: what is missing at the launch, flags and format requests past their due date.

Each planter makes launches and what belongs to them so that its case is true; nothing here evaluates a rule.
"""

from sandbox.scenario import vocabulary
from sandbox.scenario.audit_controls import BEFORE_APPROVAL
from sandbox.scenario.correction_kinds import POST_READINESS, PUBLISH_ASKED_FORMAT
from sandbox.scenario.events import Publish, Withdraw
from sandbox.scenario.grid_desk import GridDesk, GridPlanter
from sandbox.scenario.launch import Launch
from sandbox.scenario.launch_readiness import (
    ANOTHER_VARIANT,
    APPROVAL_PENDING,
    CANCELLED,
    NO_GO,
    NOT_NAMED,
    NOT_PUBLISHED,
    NOT_REQUIRED,
    READY,
)
from sandbox.scenario.library import AssetHistory, Version
from sandbox.scenario.stages import DAY, END, HOUR, iso
from sandbox.scenario.use_cause import NOT_APPROVED

MISSING_ASSETS = "ctl_missing_launch_assets"
OVERDUE_FLAGS = "ctl_overdue_flags"
UNANSWERED_FORMATS = "ctl_unanswered_format_requests"
#: The control of what a launch publishes: nobody approved it.
UNAPPROVED_VISUALS = "ctl_launches_without_approved_visuals"
#: Where nobody said when: so long before the launch its assets are there, so soon flags and requests are answered.
_USUAL = 5 * DAY
_PLANNED = END - 12 * DAY
_SHOWN = END - 10 * DAY


def _launch(desk: GridDesk, at: int, code: str = NO_GO, **said: object) -> Launch:
    """What most of these launches lack makes them a no-go."""
    return Launch(desk, at, code, (), planned=_PLANNED, **said)


def _asset(desk: GridDesk) -> tuple[AssetHistory, Version]:
    asset, version, _ = desk.approved_asset(_PLANNED - DAY)
    return asset, version


def _listed(desk: GridDesk, coming: Launch, requirement: str) -> None:
    """What a launch to come lacks: it stays missing, and the launch's list says so."""
    desk.answered(MISSING_ASSETS, requirement, POST_READINESS, coming.name)


# --- required and missing -----------------------------------------------------------------------------


def nothing_published(desk: GridDesk) -> None:
    """Due an hour ago, before launches to come; due long ago, before one that was; and no asset named at all."""
    asset, version = _asset(desk)
    about = desk.sample(asset, version, _PLANNED)
    coming, over = _launch(desk, END + 3 * DAY), _launch(desk, END - 3 * DAY)
    later = _launch(desk, END + 20 * DAY)
    named = {"nearly": (NOT_NAMED,)}
    _listed(desk, later, later.require(about, NOT_PUBLISHED, due=END - HOUR, **named))
    _listed(desk, coming, coming.require(about, NOT_PUBLISHED, due=END - HOUR, **named))
    desk.violates(MISSING_ASSETS, over.require(about, NOT_PUBLISHED, due=END - 6 * DAY, **named))
    _listed(desk, coming, coming.require(None, NOT_NAMED, due=END - HOUR, description="A visual for the landing page."))


def another_variant_published(desk: GridDesk) -> None:
    """Published for another market, in another language, and in another format than the required one."""
    asset, version = _asset(desk)
    other_language = "en" if desk.community.language != "en" else "fr"
    shown = desk.shown(asset, version, _SHOWN)
    launch = _launch(desk, END + 3 * DAY)
    for said in ({"market": desk.other_region()}, {"language": other_language}, {"format": "avif"}):
        _listed(desk, launch, launch.require(shown, ANOTHER_VARIANT, due=END - DAY, nearly=(READY,), **said))
    same = launch.require(shown, READY, due=END - DAY, nearly=(ANOTHER_VARIANT,), format=asset.image_format)
    desk.misses(MISSING_ASSETS, same)


def published_after_the_launch(desk: GridDesk) -> None:
    """Published an hour after the launch; another one an hour before it, though past its due date."""
    launched = END - 4 * DAY
    asset, version = _asset(desk)
    launch = _launch(desk, launched)
    late = desk.shown(asset, version, launched + HOUR)
    desk.violates(MISSING_ASSETS, launch.require(late, NOT_PUBLISHED, due=launched - 2 * DAY, nearly=(READY,)))
    other, its_version = _asset(desk)
    just = desk.shown(other, its_version, launched - HOUR)
    desk.misses(MISSING_ASSETS, launch.require(just, READY, due=launched - 2 * DAY, nearly=(NOT_PUBLISHED,)))


def withdrawn_before_the_launch(desk: GridDesk) -> None:
    """Published in time and taken down before the launch; another one taken down after it."""
    launched = END - 4 * DAY
    launch = _launch(desk, launched)
    for gone in (launched - HOUR, launched + HOUR):
        asset, version = _asset(desk)
        shown = desk.shown(asset, version, _SHOWN)
        desk.events.append(Withdraw(gone, shown.publication_id, desk.chance.choice(vocabulary.COMMUNITY_TEAM)))
        is_gone = gone < launched
        code, other = (NOT_PUBLISHED, READY) if is_gone else (READY, NOT_PUBLISHED)
        requirement = launch.require(shown, code, due=launched - 2 * DAY, nearly=(other,))
        desk.says(MISSING_ASSETS, requirement, is_violation=is_gone)


def approval_was_pending(desk: GridDesk) -> None:
    """Published for the launch without anybody's approval, and taken down a day after it."""
    launched = END - 4 * DAY
    asset = desk.library.new_asset()
    version = asset.upload(_PLANNED - DAY)
    shown = desk.shown(asset, version, _SHOWN)
    desk.events.append(Withdraw(launched + DAY, shown.publication_id, desk.chance.choice(vocabulary.COMMUNITY_TEAM)))
    requirement = _launch(desk, launched).require(shown, APPROVAL_PENDING, due=launched - 2 * DAY)
    desk.violates(MISSING_ASSETS, requirement)
    desk.violates(UNAPPROVED_VISUALS, requirement)
    desk.holds(shown, at=NOT_APPROVED)
    desk.violates(BEFORE_APPROVAL, shown.publication_id)


def nobody_said_by_when(desk: GridDesk) -> None:
    """No due date: the launch's own counts, or the usual days before the launch; an hour too few, and one more."""
    asset, version = _asset(desk)
    about = desk.sample(asset, version, _PLANNED)
    for launch, is_violation in (
        (_launch(desk, END + _USUAL - HOUR), True),
        (_launch(desk, END + _USUAL + HOUR), False),
        (_launch(desk, END + 30 * DAY, readinessDueAt=iso(END - HOUR)), True),
        (_launch(desk, END + 2 * DAY, readinessDueAt=iso(END + HOUR)), False),
    ):
        if is_violation:
            _listed(desk, launch, launch.require(about, NOT_PUBLISHED))
        else:
            desk.misses(MISSING_ASSETS, launch.require(about, NOT_PUBLISHED))


def required_no_more(desk: GridDesk) -> None:
    """Waived; and of a launch that was called off."""
    asset, version = _asset(desk)
    about = desk.sample(asset, version, _PLANNED)
    launch = _launch(desk, END + 2 * DAY)
    desk.misses(MISSING_ASSETS, launch.require(about, NOT_REQUIRED, due=END - 2 * DAY, status="waived"))
    called_off = _launch(desk, END + 2 * DAY, CANCELLED)
    desk.misses(MISSING_ASSETS, called_off.require(about, NOT_REQUIRED, due=END - 2 * DAY))
    desk.change(END - 3 * DAY, "launches", called_off.name, status="cancelled")


# --- flags and format requests ------------------------------------------------------------------------


def _flag(desk: GridDesk, launch: Launch, at: int, due: int | None) -> str:
    flag = desk.numbers.draw("FLAG")
    fields = {
        "flagId": flag,
        "launchId": launch.name,
        "communityId": desk.community.community_id,
        "partnerId": desk.partner,
        "text": "We miss the version for print.",
        **({"dueAt": iso(due)} if due else {}),
    }
    desk.make(at, "flags", fields)
    launch.hears(desk.partner)
    return flag


def _wish(desk: GridDesk, about: Publish, at: int, due: int | None) -> str:
    request = desk.numbers.draw("FRQ")
    fields = {
        "formatRequestId": request,
        "communityId": desk.community.community_id,
        "partnerId": desk.partner,
        "format": "webp",
        "text": "Please send us a lighter one.",
        **({"dueAt": iso(due)} if due else {}),
    }
    desk.make(at, "format-requests", fields, about)
    return request


def flags_left_open(desk: GridDesk) -> None:
    """Open past the due date, or past the usual days where none was said; moved to a later day that has passed, too."""
    launch = _launch(desk, END + 3 * DAY)
    for at, due in (
        (END - 9 * DAY, END - HOUR),
        (END - 9 * DAY, END - 5 * DAY),
        (END - _USUAL - HOUR, None),
        (END - 9 * DAY, None),
    ):
        desk.violates(OVERDUE_FLAGS, _flag(desk, launch, at, due))
    moved = _flag(desk, launch, END - 9 * DAY, END - 5 * DAY)
    desk.change(END - 6 * DAY, "flags", moved, dueAt=iso(END - HOUR))
    desk.violates(OVERDUE_FLAGS, moved)


def flags_in_order(desk: GridDesk) -> None:
    """Resolved in time or late, not due yet, within the usual days, or moved to a later day."""
    launch = _launch(desk, END + 3 * DAY)
    for due in (END - HOUR, END - 6 * DAY):
        resolved = _flag(desk, launch, END - 9 * DAY, due)
        desk.change(END - 2 * DAY, "flags", resolved, status="resolved")
        desk.misses(OVERDUE_FLAGS, resolved)
    desk.misses(OVERDUE_FLAGS, _flag(desk, launch, END - 9 * DAY, END + HOUR))
    desk.misses(OVERDUE_FLAGS, _flag(desk, launch, END - _USUAL + HOUR, None))
    moved = _flag(desk, launch, END - 9 * DAY, END - 5 * DAY)
    desk.change(END - 6 * DAY, "flags", moved, dueAt=iso(END + 2 * DAY))
    desk.misses(OVERDUE_FLAGS, moved)


def formats_left_unanswered(desk: GridDesk) -> None:
    """Open past the due date, or past the usual days where none was said."""
    asset, version = _asset(desk)
    about = desk.sample(asset, version, _PLANNED)
    for at, due in (
        (END - 9 * DAY, END - HOUR),
        (END - 9 * DAY, END - 5 * DAY),
        (END - 4 * DAY, END - 3 * DAY),
        (END - _USUAL - HOUR, None),
        (END - 9 * DAY, None),
    ):
        desk.cured(UNANSWERED_FORMATS, _wish(desk, about, at, due), PUBLISH_ASKED_FORMAT)


def formats_in_order(desk: GridDesk) -> None:
    """Answered in time or late, not due yet, within the usual days, or moved to a later day."""
    asset, version = _asset(desk)
    about = desk.sample(asset, version, _PLANNED)
    for due in (END - HOUR, END - 6 * DAY):
        answered = _wish(desk, about, END - 9 * DAY, due)
        desk.change(END - 2 * DAY, "format-requests", answered, status="answered")
        desk.misses(UNANSWERED_FORMATS, answered)
    desk.misses(UNANSWERED_FORMATS, _wish(desk, about, END - 9 * DAY, END + HOUR))
    desk.misses(UNANSWERED_FORMATS, _wish(desk, about, END - _USUAL + HOUR, None))
    moved = _wish(desk, about, END - 9 * DAY, END - 5 * DAY)
    desk.change(END - 6 * DAY, "format-requests", moved, dueAt=iso(END + 2 * DAY))
    desk.misses(UNANSWERED_FORMATS, moved)


READINESS_CAUSES: tuple[GridPlanter, ...] = (
    nothing_published,
    another_variant_published,
    published_after_the_launch,
    withdrawn_before_the_launch,
    approval_was_pending,
    nobody_said_by_when,
    required_no_more,
    flags_left_open,
    flags_in_order,
    formats_left_unanswered,
    formats_in_order,
)
