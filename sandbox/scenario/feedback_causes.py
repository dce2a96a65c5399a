"""Causes of exceptions of partners' feedback: unanswered, republished without a change, made worse by the change.

Each planter writes feedback and what answered it so that its case is true and says so; nothing here evaluates a rule.
What loads slowly is padded with bytes that nobody sees: any rendition of it is lighter and looks the same, so that it
can be improved. What is padded with nothing is as light as it can be for its picture.
"""

from dataclasses import replace

from sandbox.scenario.correction_kinds import IMPROVE_RENDITION
from sandbox.scenario.events import Publish
from sandbox.scenario.grid_desk import GridDesk, GridPlanter
from sandbox.scenario.images import image_size
from sandbox.scenario.stages import DAY, END, HOUR

UNANSWERED_FEEDBACK = "ctl_unanswered_feedback"
UNCHANGED = "ctl_republications_without_change"
WORSE = "ctl_republications_made_worse"
_ALLOWED = 5 * DAY
_SHOWN = END - 12 * DAY
_REPORTED = END - 11 * DAY
_REPUBLISHED = END - 9 * DAY
_SLOW, _MOBILE, _CROPPED = "slow_loading", "poor_mobile_rendering", "incorrect_cropping"
_BYTES = 24_000
_WIDTH = 160


def _content(handle: str, number: int, size: int, wider_than: int | None) -> str:
    """A content key of that many bytes; wider than so many pixels, or at most as wide."""
    for attempt in range(1_000):
        content = f"{handle}/{number}~{attempt}@{size}"
        if wider_than is None or (image_size(content)[0] > _WIDTH) == (wider_than > 0):
            return content
    raise LookupError(f"no image of the asked width for {handle}")


def _republished(
    desk: GridDesk, sizes: tuple[int, int], widths: tuple[int, int] | None = None
) -> tuple[Publish, Publish]:
    """An asset's publication, and the one of a newer approved version that replaced it: before and after."""
    asset = desk.library.new_asset()
    asset.image_format = "jpg"
    shown: list[Publish] = []
    for number, (at, size) in enumerate(zip((_SHOWN, _REPUBLISHED), sizes, strict=True)):
        version = asset.upload(at - 3 * HOUR, _content(asset.handle, number, size, widths[number] if widths else None))
        asset.approve(at - HOUR, version, desk.terms)
        shown.append(desk.shown(asset, version, at, replaces=shown[0].publication_id if shown else None))
    return shown[0], shown[1]


def _shown(desk: GridDesk) -> Publish:
    asset, version, _ = desk.approved_asset(_SHOWN - HOUR)
    return desk.shown(asset, version, _SHOWN)


def _shown_heavy(desk: GridDesk) -> Publish:
    """A publication of a picture that any rendition is lighter than, and looks the same."""
    asset = desk.library.new_asset()
    asset.image_format = "jpg"
    version = asset.upload(_SHOWN - 3 * HOUR, _content(asset.handle, 0, _BYTES, None))
    asset.approve(_SHOWN - HOUR, version, desk.terms)
    return desk.shown(asset, version, _SHOWN)


def _report(desk: GridDesk, shown: Publish, at: int = _REPORTED, category: str = _SLOW) -> str:
    """A partner reports a publication; gives the feedback's id."""
    feedback = desk.numbers.draw("FB")
    fields = {
        "feedbackId": feedback,
        "communityId": desk.community.community_id,
        "partnerId": desk.partner,
        "publicationId": shown.publication_id,
        "category": category,
        "rendition": shown.rendition,
        "device": "phone",
    }
    desk.make(at, "feedback", fields, shown)
    return feedback


def _answer(desk: GridDesk, feedback: str, at: int, by: Publish | None = None) -> None:
    republished = {"answerPublicationId": by.publication_id} if by else {}
    desk.change(at, "feedback", feedback, status="answered", answer="Please look again.", **republished)


# --- unanswered ---------------------------------------------------------------------------------------


def nobody_replied(desk: GridDesk) -> None:
    """Open for an hour longer than the days allowed, or for days; opened again as long ago; of one publication."""
    shown = _shown_heavy(desk)
    desk.taken_down(shown)
    for at in (END - _ALLOWED - HOUR, END - 7 * DAY, END - 9 * DAY):
        desk.cured(UNANSWERED_FEEDBACK, _report(desk, shown, at), IMPROVE_RENDITION)
    for at in (END - _ALLOWED - HOUR, END - 6 * DAY):
        again = _report(desk, shown)
        _answer(desk, again, _REPORTED + DAY)
        desk.change(at, "feedback", again, status="reopened")
        desk.cured(UNANSWERED_FEEDBACK, again, IMPROVE_RENDITION)


def nobody_replied_of_another_matter(desk: GridDesk) -> None:
    """Open for days: a wrong crop of what nobody cut, a wrong colour. No rendition answers that."""
    shown = _shown_heavy(desk)
    for category in (_CROPPED, "wrong_colours"):
        desk.violates(UNANSWERED_FEEDBACK, _report(desk, shown, END - 7 * DAY, category))


def replied(desk: GridDesk) -> None:
    """Answered in time, late, or closed; still within the days allowed; opened again within them."""
    shown = _shown(desk)
    for at in (_REPORTED + DAY, END - 2 * DAY):
        feedback = _report(desk, shown)
        _answer(desk, feedback, at)
        desk.misses(UNANSWERED_FEEDBACK, feedback)
        desk.misses(UNCHANGED, feedback)
    closed = _report(desk, shown)
    desk.change(END - 3 * DAY, "feedback", closed, status="closed")
    desk.misses(UNANSWERED_FEEDBACK, closed)
    desk.misses(UNANSWERED_FEEDBACK, _report(desk, shown, END - _ALLOWED + HOUR))
    again = _report(desk, shown)
    _answer(desk, again, _REPORTED + DAY, shown)
    desk.change(END - _ALLOWED + HOUR, "feedback", again, status="reopened")
    desk.misses(UNANSWERED_FEEDBACK, again)
    desk.misses(UNCHANGED, again)


# --- republished without a change ---------------------------------------------------------------------


def answered_with_what_was_reported(desk: GridDesk) -> None:
    """The answer names the very publication that was reported; where it loads slowly, there is a lighter one.

    It is narrower than any telephone and the original itself: nothing would fit a telephone better. Nobody cut it.
    """
    shown = _shown_heavy(desk)
    desk.taken_down(shown)
    for category in (_SLOW, _MOBILE, _CROPPED):
        feedback = _report(desk, shown, category=category)
        _answer(desk, feedback, _REPUBLISHED, shown)
        if category == _SLOW:
            desk.cured(UNCHANGED, feedback, IMPROVE_RENDITION)
        else:
            desk.violates(UNCHANGED, feedback)


def republished_as_it_was(desk: GridDesk) -> None:
    """Published once more: the same bytes in the same rendition; for another device, it is the same file still."""
    shown = replace(_shown_heavy(desk), device="phone")
    desk.events[-1] = shown
    for device in ("phone", "tablet"):
        again = replace(shown, publication_id=desk.numbers.draw("PUB"), at=_REPUBLISHED, device=device)
        desk.events.append(again)
        desk.taken_down(again)
        feedback = _report(desk, shown)
        _answer(desk, feedback, _REPUBLISHED + HOUR, again)
        desk.cured(UNCHANGED, feedback, IMPROVE_RENDITION)


def republished_in_another_rendition(desk: GridDesk) -> None:
    """The same bytes in another rendition are a change."""
    asset, version, _ = desk.approved_asset(_SHOWN - HOUR)
    shown = desk.shown(asset, version, _SHOWN, rendition="banner-1200")
    smaller = desk.shown(asset, version, _REPUBLISHED, rendition="tile-400")
    feedback = _report(desk, shown)
    _answer(desk, feedback, _REPUBLISHED + HOUR, smaller)
    desk.misses(UNCHANGED, feedback)


# --- made worse ---------------------------------------------------------------------------------------


def _changed(desk: GridDesk, category: str, before: Publish, after: Publish, *, is_worse: bool) -> None:
    feedback = _report(desk, before, category=category)
    _answer(desk, feedback, _REPUBLISHED + HOUR, after)
    desk.says(WORSE, feedback, is_violation=is_worse)
    desk.misses(UNCHANGED, feedback)


def heavier_than_before(desk: GridDesk) -> None:
    """Slow loading was reported; what replaced it has a byte more, or many more."""
    for more in (1, 5_000, 20_000):
        _changed(desk, _SLOW, *_republished(desk, (_BYTES, _BYTES + more)), is_worse=True)


def wider_than_before(desk: GridDesk) -> None:
    """Poor rendering on telephones was reported by two partners; what replaced it is wider, and lighter."""
    before, after = _republished(desk, (_BYTES, _BYTES - 1), (0, 1))
    for _ in range(2):
        _changed(desk, _MOBILE, before, after, is_worse=True)
    _changed(desk, _SLOW, before, after, is_worse=False)


def no_heavier_than_before(desk: GridDesk) -> None:
    """Slow loading was reported; what replaced it has as many bytes, or fewer."""
    for size in (_BYTES, _BYTES - 1):
        _changed(desk, _SLOW, *_republished(desk, (_BYTES, size)), is_worse=False)


def heavier_and_narrower(desk: GridDesk) -> None:
    """Poor rendering on telephones, or a wrong crop, was reported; what replaced it is narrower, and heavier."""
    before, after = _republished(desk, (_BYTES, _BYTES + 1), (1, 0))
    for category in (_MOBILE, _CROPPED):
        _changed(desk, category, before, after, is_worse=False)


FEEDBACK_CAUSES: tuple[GridPlanter, ...] = (
    nobody_replied,
    nobody_replied_of_another_matter,
    replied,
    answered_with_what_was_reported,
    republished_as_it_was,
    republished_in_another_rendition,
    heavier_than_before,
    wider_than_before,
    no_heavier_than_before,
    heavier_and_narrower,
)
