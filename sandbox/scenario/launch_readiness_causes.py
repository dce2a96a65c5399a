"""Causes of go and no-go of launches, and of partners that are silent about them; near misses of each.

Each planter makes launches and what belongs to them, and says of each what that makes true. Nothing here evaluates a
rule.
"""

from sandbox.scenario.community_desk import Community
from sandbox.scenario.events import Publish, Terms
from sandbox.scenario.grid_desk import GridDesk, GridPlanter
from sandbox.scenario.launch import Launch
from sandbox.scenario.launch_readiness import (
    ANOTHER_VARIANT,
    CANCELLED,
    GO,
    NO_GO,
    NOT_NAMED,
    NOT_PUBLISHED,
    NOT_REQUIRED,
    READY,
)
from sandbox.scenario.library import AssetHistory, Version
from sandbox.scenario.readiness_causes import MISSING_ASSETS, OVERDUE_FLAGS, UNANSWERED_FORMATS
from sandbox.scenario.stages import DAY, END, HOUR, MINUTE, iso, spread

PLANNED = END - 12 * DAY
SHOWN = END - 10 * DAY
DUE = END - 6 * DAY
LAUNCHED = END - 4 * DAY
#: When a launch that is to come is due: nothing of it is late yet.
LATER = END + 3 * DAY
_DESCRIBED = {"description": "The key visual of the campaign."}


def launch_of(desk: GridDesk, code: str, *nearly: str, at: int = LAUNCHED) -> Launch:
    """A launch with what it is and what it nearly is."""
    return Launch(desk, at, code, nearly, planned=PLANNED)


def drafted_asset(desk: GridDesk, until: int) -> AssetHistory:
    """An asset with three drafts, which nobody approved, all of them before an instant."""
    asset = desk.library.new_asset()
    for uploaded in desk.steps(3, until):
        asset.upload(uploaded)
    return asset


def final_asset(desk: GridDesk, terms: Terms | None = None, until: int = PLANNED - DAY) -> tuple[AssetHistory, Version]:
    """An asset whose final version, behind three drafts, was approved before an instant."""
    asset = drafted_asset(desk, until - 5 * DAY)
    uploaded, approved = spread(desk.chance, 2, until - 5 * DAY, until)
    version = asset.upload(uploaded)
    asset.approve(approved, version, terms or desk.terms)
    return asset, version


def shown_in_order(desk: GridDesk) -> Publish:
    """A publication with everything in order, shown to the end; one for all launches of a community."""
    here = (one for one in desk.events if isinstance(one, Publish))
    shown = next((one for one in here if one.community_id == desk.community.community_id), None)
    return shown or desk.shown(*final_asset(desk), SHOWN)


def never_shown(desk: GridDesk) -> Publish:
    """What a publication of an approved asset would show."""
    return desk.sample(*final_asset(desk), SHOWN)


def _ready_launch(desk: GridDesk, code: str, *nearly: str, at: int = LAUNCHED) -> Launch:
    """A launch whose required asset is shown in order."""
    launch = launch_of(desk, code, *nearly, at=at)
    launch.require(shown_in_order(desk), READY, due=DUE)
    return launch


# --- what partners say --------------------------------------------------------------------------------


def _acknowledges(desk: GridDesk, launch: Launch, partner: str, code: str = "accepted") -> None:
    fields = {"acknowledgementId": desk.numbers.draw("ACK"), "kind": "portal", "code": code}
    desk.make(SHOWN + DAY, "acknowledgements", {**fields, "partnerId": partner, "launchId": launch.name})
    launch.hears(partner)


def _refuses(desk: GridDesk, launch: Launch, partner: str) -> None:
    _acknowledges(desk, launch, partner, "rejected")


def _work(desk: GridDesk, launch: Launch, partner: str) -> dict[str, object]:
    return {"launchId": launch.name, "communityId": desk.community.community_id, "partnerId": partner}


def _is_asked(desk: GridDesk, launch: Launch, partner: str) -> str:
    """The partner has a task, which is open and says nothing of the partner."""
    task = desk.numbers.draw("TASK")
    fields = {"taskId": task, **_work(desk, launch, partner), "kind": "confirm_assets", "dueAt": iso(LATER)}
    desk.make(SHOWN, "tasks", fields)
    return task


def _does_its_task(desk: GridDesk, launch: Launch, partner: str) -> None:
    desk.change(SHOWN + DAY, "tasks", _is_asked(desk, launch, partner), status="done")
    launch.hears(partner)


def _raises_a_flag(desk: GridDesk, launch: Launch, partner: str) -> str:
    flag = desk.numbers.draw("FLAG")
    fields = {
        "flagId": flag,
        **_work(desk, launch, partner),
        "text": "The back cover is missing.",
        "dueAt": iso(LATER),
    }
    desk.make(SHOWN, "flags", fields)
    desk.misses(OVERDUE_FLAGS, flag)
    launch.hears(partner)
    return flag


def _has_a_flag_resolved(desk: GridDesk, launch: Launch, partner: str) -> None:
    desk.change(SHOWN + DAY, "flags", _raises_a_flag(desk, launch, partner), status="resolved")


def _asks_for_a_format(desk: GridDesk, launch: Launch, partner: str) -> str:
    request = desk.numbers.draw("FRQ")
    fields = {"formatRequestId": request, **_work(desk, launch, partner), "format": "webp", "dueAt": iso(LATER)}
    desk.make(SHOWN, "format-requests", fields, launch.about)
    desk.misses(UNANSWERED_FORMATS, request)
    launch.hears(partner)
    return request


def _has_a_format_answered(desk: GridDesk, launch: Launch, partner: str) -> None:
    desk.change(SHOWN + DAY, "format-requests", _asks_for_a_format(desk, launch, partner), status="answered")


_WAYS = (_acknowledges, _refuses, _does_its_task, _has_a_flag_resolved, _has_a_format_answered)


def _let_speak(desk: GridDesk, launch: Launch, partners: tuple[str, ...]) -> None:
    """The partners speak, each in the way that is its turn."""
    for number, partner in enumerate(partners):
        _WAYS[number % len(_WAYS)](desk, launch, partner)


def _homes(desk: GridDesk, count: int) -> list[Community]:
    return desk.chance.sample([one for one in desk.communities if len(one.partners) > 1], count)


def everybody_spoke(desk: GridDesk) -> None:
    """All is ready, and every partner has spoken, each in a way of its own; what they asked for is settled."""
    for home in _homes(desk, 5):
        desk.community = home
        _let_speak(desk, _ready_launch(desk, GO), home.partners)


def all_but_one_spoke(desk: GridDesk) -> None:
    """All is ready, and one partner is silent: silence stops no launch.

    It says nothing at all, or speaks of what was shown, of another launch, or in the launch's discussion.
    """
    for number, home in enumerate(_homes(desk, 5)):
        desk.community = home
        launch = _ready_launch(desk, GO, NO_GO)
        silent, *others = home.partners
        _let_speak(desk, launch, tuple(others))
        other = _ready_launch(desk, GO, NO_GO)
        if number == 1:
            _acknowledges(desk, other, silent)
        elif number == 2:
            _does_its_task(desk, other, silent)
        elif number == 3:
            _has_a_flag_resolved(desk, other, silent)
        elif number == 4:
            words = {"author": silent, "authorRole": "partner", "body": "We have seen it."}
            message = {"messageId": desk.numbers.draw("LMSG"), "launchId": launch.name, **words}
            desk.make(SHOWN + DAY, "launch-messages", message)


def nobody_spoke(desk: GridDesk) -> None:
    """All is ready, and every partner is silent; one has a task that is still open, and that stops the launch."""
    _ready_launch(desk, GO, NO_GO)
    asked = _ready_launch(desk, NO_GO, GO)
    _is_asked(desk, asked, desk.partner)


# --- go and no-go -------------------------------------------------------------------------------------


def something_is_open(desk: GridDesk) -> None:
    """All is ready but one flag, one format request or one task, not due yet, of a launch to come and one that was."""
    for at in (LAUNCHED, LATER):
        _raises_a_flag(desk, _ready_launch(desk, NO_GO, GO, at=at), desk.partner)
        _asks_for_a_format(desk, _ready_launch(desk, NO_GO, GO, at=at), desk.partner)
        _is_asked(desk, _ready_launch(desk, NO_GO, GO, at=at), desk.partner)


def everything_is_settled(desk: GridDesk) -> None:
    """All is ready, and what a partner had to do or asked for is settled, of a launch to come."""
    for way in (_does_its_task, _has_a_flag_resolved, _has_a_format_answered):
        way(desk, _ready_launch(desk, GO, NO_GO, at=LATER), desk.partner)


def one_of_two_is_ready(desk: GridDesk) -> None:
    """One required asset is ready; the other is shown nowhere, in another language, or not said by anybody."""
    other_language = "en" if desk.community.language != "en" else "fr"
    for code, said in ((NOT_PUBLISHED, {}), (ANOTHER_VARIANT, {"language": other_language}), (NOT_NAMED, _DESCRIBED)):
        launch = _ready_launch(desk, NO_GO, GO)
        about = None
        if code == NOT_PUBLISHED:
            about = never_shown(desk)
        elif code == ANOTHER_VARIANT:
            about = shown_in_order(desk)
        desk.violates(MISSING_ASSETS, launch.require(about, code, due=DUE, nearly=(READY,), **said))


def the_other_of_two_is_waived(desk: GridDesk) -> None:
    """One required asset is ready; the other, shown or not, was waived."""
    for is_shown in (False, True):
        launch = _ready_launch(desk, GO, NO_GO)
        about = shown_in_order(desk) if is_shown else never_shown(desk)
        nearly = (READY if is_shown else NOT_PUBLISHED,)
        desk.misses(MISSING_ASSETS, launch.require(about, NOT_REQUIRED, due=DUE, nearly=nearly, status="waived"))


def nothing_is_required(desk: GridDesk) -> None:
    """A launch that requires nothing is not ready by that; one whose only requirement was waived neither."""
    launch_of(desk, NO_GO, GO)
    waived = launch_of(desk, NO_GO, GO)
    waived.require(shown_in_order(desk), NOT_REQUIRED, due=DUE, nearly=(READY,), status="waived")


def called_off(desk: GridDesk) -> None:
    """Called off before its day, on it, and after it, though all is ready; and though nothing is."""
    for at, off in ((LATER, END - DAY), (LAUNCHED, LAUNCHED - MINUTE), (LAUNCHED, END - DAY)):
        for is_ready in (True, False):
            launch = launch_of(desk, CANCELLED, GO if is_ready else NO_GO, at=at)
            about = shown_in_order(desk) if is_ready else never_shown(desk)
            requirement = launch.require(about, NOT_REQUIRED, due=DUE, nearly=(READY if is_ready else NOT_PUBLISHED,))
            desk.change(off, "launches", launch.name, status="cancelled")
            desk.misses(MISSING_ASSETS, requirement)


def called_off_and_planned_again(desk: GridDesk) -> None:
    """Called off, and planned again or launched after all: its assets count as before."""
    for at, status in ((LATER, "planned"), (LATER, "planned"), (LAUNCHED, "planned"), (LAUNCHED, "launched")):
        launch = launch_of(desk, GO, CANCELLED, at=at)
        launch.require(shown_in_order(desk), READY, due=DUE, nearly=(NOT_REQUIRED,))
        for later, word in ((0, "cancelled"), (HOUR, status)):
            desk.change(LAUNCHED - DAY + later, "launches", launch.name, status=word)
    launch = launch_of(desk, NO_GO, CANCELLED)
    desk.violates(MISSING_ASSETS, launch.require(never_shown(desk), NOT_PUBLISHED, due=DUE, nearly=(NOT_REQUIRED,)))
    for later, word in ((0, "cancelled"), (HOUR, "planned")):
        desk.change(LAUNCHED - DAY + later, "launches", launch.name, status=word)


LAUNCH_READINESS_CAUSES: tuple[GridPlanter, ...] = (
    everybody_spoke,
    all_but_one_spoke,
    nobody_spoke,
    something_is_open,
    everything_is_settled,
    one_of_two_is_ready,
    the_other_of_two_is_waived,
    nothing_is_required,
    called_off,
    called_off_and_planned_again,
)
