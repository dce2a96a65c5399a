"""Causes of changes in the name of corrections that no correction made, and of those that only look so.

Each planter has somebody use our account, or put our mark on something, and says so; nothing here evaluates a rule.
Corrections are first sent when the scenario has ended: whatever is in their name before is foreign.
"""

from dataclasses import replace

from sandbox.credentials import CLOUDINARY_API_KEY, EXSTREAM_CLIENT_ID
from sandbox.scenario import vocabulary
from sandbox.scenario.community_desk import case_opening, thread_message
from sandbox.scenario.decision_desk import PlantedDecision
from sandbox.scenario.events import CloseCase, PostMessage, Withdraw
from sandbox.scenario.grid_desk import GridDesk, GridPlanter
from sandbox.scenario.library import AssetHistory, Version
from sandbox.scenario.stages import DAY, END, HOUR
from sandbox.scenario.template_desk import TemplateDesk, TemplatePlanter

FOREIGN_CHANGES = "ctl_foreign_changes"
_WRITER = "assettrail"
_AT = END - 6 * DAY
_MARK_KEY = "assettrail_correction"


def _mark(desk: GridDesk | TemplateDesk) -> str:
    """A mark as corrections leave it, of a correction that there never was."""
    return f"assettrail-{desk.chance.getrandbits(128):032x}"


def _approved(desk: GridDesk) -> tuple[AssetHistory, Version]:
    asset, version, _ = desk.approved_asset(_AT - DAY)
    return asset, version


def _closed_case(desk: GridDesk) -> str:
    """A case about an asset in order, closed in the end."""
    asset, version = _approved(desk)
    opened = case_opening(desk, desk.numbers.draw("CASE"), asset, version, _AT)
    desk.events += [opened, CloseCase(_AT + 4 * DAY, opened.case_id)]
    return opened.case_id


def _said(desk: GridDesk, **words: object) -> str:
    """A message of the team without a link, in a case of its own, with other words than usual; gives its id."""
    message = thread_message(desk, _closed_case(desk), _AT + DAY, "team", None)
    written: PostMessage = replace(message, **words)  # type: ignore[arg-type]
    desk.events.append(written)
    return written.message_id


# --- publications -------------------------------------------------------------------------------------


def published_by_our_account(desk: GridDesk) -> None:
    """Somebody publishes as the account of corrections: without a mark, and with one that no correction had."""
    asset, version = _approved(desk)
    desk.violates(FOREIGN_CHANGES, desk.shown(asset, version, _AT, actor=_WRITER).publication_id)
    other, its_version = _approved(desk)
    shown = desk.shown(other, its_version, _AT + HOUR, actor=_WRITER, correlation=_mark(desk))
    desk.violates(FOREIGN_CHANGES, shown.publication_id)


def published_under_a_forged_mark(desk: GridDesk) -> None:
    """A person publishes under her own name with a mark of ours."""
    asset, version = _approved(desk)
    desk.violates(FOREIGN_CHANGES, desk.shown(asset, version, _AT, correlation=_mark(desk)).publication_id)


def published_with_a_mark_of_the_portal(desk: GridDesk) -> None:
    """The correlation id is the portal's own, and holds our mark; another publication is by a namesake."""
    asset, version = _approved(desk)
    shown = desk.shown(asset, version, _AT, correlation=f"portal-{_mark(desk)}")
    desk.misses(FOREIGN_CHANGES, shown.publication_id)
    other, its_version = _approved(desk)
    desk.misses(FOREIGN_CHANGES, desk.shown(other, its_version, _AT, actor="assettrail-partners").publication_id)


# --- withdrawals --------------------------------------------------------------------------------------


def withdrawn_by_our_account(desk: GridDesk) -> None:
    """Our account takes down what nobody recalled; a colleague takes down another under her own name."""
    for actor in (_WRITER, desk.chance.choice(vocabulary.COMMUNITY_TEAM)):
        asset, version = _approved(desk)
        shown = desk.shown(asset, version, _AT)
        desk.events.append(Withdraw(_AT + DAY, shown.publication_id, actor))
        says = desk.violates if actor == _WRITER else desk.misses
        says(FOREIGN_CHANGES, f"{shown.publication_id}/withdrawn")


def replaced_by_a_person(desk: GridDesk) -> None:
    """Our account publishes, and a person replaces that: what she does is her own work."""
    asset, version = _approved(desk)
    first = desk.shown(asset, version, _AT, actor=_WRITER)
    desk.violates(FOREIGN_CHANGES, first.publication_id)
    second = desk.shown(asset, version, _AT + DAY, replaces=first.publication_id)
    desk.misses(FOREIGN_CHANGES, second.publication_id)
    desk.misses(FOREIGN_CHANGES, f"{first.publication_id}/withdrawn")


# --- messages -----------------------------------------------------------------------------------------


def answered_in_our_name(desk: GridDesk) -> None:
    """A message by our account, and one by a person under a mark of ours."""
    desk.violates(FOREIGN_CHANGES, _said(desk, author=_WRITER))
    desk.violates(FOREIGN_CHANGES, _said(desk, correlation=_mark(desk)))


def spoke_of_our_mark(desk: GridDesk) -> None:
    """A colleague names a mark in what she writes; a message has the correlation id of another system."""
    desk.misses(FOREIGN_CHANGES, _said(desk, text=f"It was corrected as {_mark(desk)}."))
    desk.misses(FOREIGN_CHANGES, _said(desk, correlation=f"crm-{desk.chance.randint(1_000, 9_999)}"))


# --- assets -------------------------------------------------------------------------------------------


def uploaded_with_our_key(desk: GridDesk) -> None:
    """A file comes by the key that corrections have; another one by a colleague's hand."""
    for actor in (CLOUDINARY_API_KEY, None):
        asset = desk.library.new_asset()
        asset.upload(_AT, actor=actor)
        says = desk.misses if actor is None else desk.violates
        says(FOREIGN_CHANGES, f"{asset.name_at(_AT)}/upload")


def marked_in_the_library(desk: GridDesk) -> None:
    """A person writes our mark into an asset's context; another writes a note that names one."""
    for key in (_MARK_KEY, "note"):
        asset, _ = _approved(desk)
        value = _mark(desk) if key == _MARK_KEY else f"compare {_mark(desk)}"
        asset.set_context(_AT, key, value)
        says = desk.violates if key == _MARK_KEY else desk.misses
        says(FOREIGN_CHANGES, f"{asset.name_at(_AT)}/resource_context_changed")


# --- images of templates ------------------------------------------------------------------------------


def reviewed_in_our_name(desk: TemplateDesk) -> None:
    """Images come to review by our account, and with a comment of ours by a designer; one comment only speaks of us."""
    for actor, comment in (
        (EXSTREAM_CLIENT_ID, ""),
        (None, f"{_mark(desk)}: version 1, to be reviewed here"),
        (None, f"see {_mark(desk)}"),
    ):
        asset = desk.asset()
        age = desk.chance.randint(20, 40) * DAY
        image = desk.draft_image(asset, desk.version(asset, age + DAY), age)
        desk.commented(image, "REVIEW", age - HOUR, comment, actor)
        is_ours = actor is not None or not comment.startswith("see")
        desk.cases.append(PlantedDecision(desk.cause, FOREIGN_CHANGES, f"{image.name}/1/REVIEW", is_ours))


FOREIGN_CHANGE_CAUSES: tuple[GridPlanter, ...] = (
    published_by_our_account,
    published_under_a_forged_mark,
    published_with_a_mark_of_the_portal,
    withdrawn_by_our_account,
    replaced_by_a_person,
    answered_in_our_name,
    spoke_of_our_mark,
    uploaded_with_our_key,
    marked_in_the_library,
)
FOREIGN_DESIGN_CAUSES: tuple[TemplatePlanter, ...] = (reviewed_in_our_name,)
