"""What must hold of every correction: done once at its vendor, or listed as unknown; in the end all of them, once.

Here belongs reading the vendors' own objects, and comparing them with the outbox. The vendors are right: a message in
a thread, a publication, an entry of a history, a version of an asset.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cloudinary import exceptions

from corrections.difference import Difference
from tests.torture.sending.installation import Installation, Standing
from tests.torture.sending.vendors import NOT_APPROVED, Sandbox

SETTLED = "confirmed"
_MAY_BE_DONE = frozenset({"sending", "unknown", "confirmed"})


@dataclass(frozen=True)
class Effect:
    """How often the vendor has a correction's effect (the most frequent of its parts), and whether in whole."""

    times: int
    is_whole: bool


def looked_at(sandbox: Sandbox, installation: Installation) -> list[tuple[Standing, Effect]]:
    """Every correction as it stands in the outbox, and what its vendor has of it."""
    return [(one, effect_of(sandbox, one.difference, installation)) for one in installation.standings()]


def effect_of(sandbox: Sandbox, difference: Difference, installation: Installation) -> Effect:
    """What the vendor has of a correction."""
    grid, mark = sandbox.grid, difference.correlation_id
    match difference.kind:
        case "replacement_link" | "post_readiness":
            place = f"cases/{difference.case_id}" if difference.case_id else f"launches/{difference.object_id}"
            said = _records(sandbox, f"{place}/messages?limit=500")
            return _once(sum(one["correlationId"] == mark for one in said))
        case "withdraw_recalled" | "withdraw_foreign_variant":
            return _once(int(grid.get(f"publications/{difference.publication_id}")["withdrawnBy"] == "assettrail"))
        case "review_template_image":
            return _reviewed(sandbox, difference)
        case "send_artwork":
            told = _records(sandbox, f"distributions?correlationId={mark}")
            names = {path.name for path in installation.out.rglob("*") if path.is_file()}
            return Effect(len(told), bool(told) and all(one["fileName"] in names for one in told))
        case "push_file":
            return _pushed(sandbox, difference)
        case _:
            return _published(sandbox, difference)


def at_once(standings: Sequence[tuple[Standing, Effect]]) -> list[str]:
    """What does not hold right after a sender was hurt (I7): done twice, or done and listed as if it were not."""
    found = []
    for one, effect in standings:
        if effect.times > 1:
            found.append(f"I7: {one.kind} was done {effect.times} times")
        if effect.is_whole and one.state not in _MAY_BE_DONE:
            found.append(f"I7: {one.kind} was done, and is listed as {one.state}")
        if one.state == SETTLED and not effect.is_whole:
            found.append(f"I7: {one.kind} is listed as {one.state}, and was not done")
        if one.key == NOT_APPROVED and (effect.times or one.state != "proposed"):
            found.append(f"I7: what nobody approved is {one.state}, and was done {effect.times} times")
    return found


def in_the_end(standings: Sequence[tuple[Standing, Effect]], writes: int, writes_of_all: int) -> list[str]:
    """What does not hold when a later run has settled everything (I7).

    `writes` are the requests that the vendors had, `writes_of_all` those that a run makes that nothing hurts.
    """
    found = at_once(standings)
    for one, effect in standings:
        if one.key != NOT_APPROVED and (one.state != SETTLED or not effect.is_whole):
            found.append(f"I7: {one.kind} is {one.state} in the end, done {effect.times} times: {one.why}")
    may_be = writes_of_all + sum(one.times_freed for one, _ in standings)
    if writes > may_be:
        found.append(f"I7: {writes} requests that write, where {may_be} are needed at most")
    return found


def _once(times: int) -> Effect:
    return Effect(times, times > 0)


def _records(sandbox: Sandbox, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = sandbox.grid.get(path)["records"]
    return found


def _published(sandbox: Sandbox, difference: Difference) -> Effect:
    """A publication under the correlation id; what it replaces is withdrawn, what it answers is answered with it."""
    found = _records(sandbox, f"publications?correlationId={difference.correlation_id}")
    answered = {"publish_asked_format": "format-requests", "improve_rendition": "feedback"}.get(difference.kind)
    is_whole = bool(found)
    if found and difference.publication_id:
        is_whole &= sandbox.grid.get(f"publications/{difference.publication_id}")["withdrawnAt"] is not None
    if found and answered:
        told = sandbox.grid.get(f"{answered}/{difference.object_id}")["answerPublicationId"]
        is_whole &= told == found[0]["publicationId"]
    return Effect(len(found), is_whole)


def _reviewed(sandbox: Sandbox, difference: Difference) -> Effect:
    """The image's history: one draft and one review under the correlation id, and one content in between."""
    image = difference.object_id.rpartition("/")[2]
    history = sandbox.studio.history(image)
    own = [one for one in history if difference.correlation_id in (one.get("auditedComment") or "")]
    drafts, reviews = (sum(one["state"] == state for one in own) for state in ("DRAFT", "REVIEW"))
    filled = sum(one["historyType"] == "CONTENT" and one["version"] == 2 for one in history)
    held = sandbox.studio.content(image, 2) if drafts else b""
    is_ours = hashlib.md5(held, usedforsecurity=False).hexdigest() == difference.desired.etag
    return Effect(max(drafts, reviews, filled), bool(reviews) and is_ours)


def _pushed(sandbox: Sandbox, difference: Difference) -> Effect:
    """The asset's newest bytes and the mark on them; a new asset is related to the old one."""
    file = difference.file
    assert file is not None
    name = file.new_public_id or difference.public_id
    try:
        shown = sandbox.library.show(name)
    except exceptions.NotFound:
        return Effect(0, is_whole=False)
    mark = (shown.get("context") or {}).get("custom", {}).get("assettrail_correction")
    is_there = (shown["etag"], mark) == (difference.desired.etag, difference.correlation_id)
    related = {one["asset_id"] for one in shown.get("related_assets", [])}
    return Effect(int(is_there), is_there and (file.new_public_id is None or difference.asset_id in related))
