"""What sending would do now: each approved correction read at the vendors, and nothing written, here or there.

Here belongs the dry run: what an object shows, what it would show, and how far the asset reaches. The rules are those
of `send`, asked the same questions; an outbox that was looked at is as it was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from assettrail.clock import Clock
from assettrail.errors import PermanentSourceError
from assettrail.settings import Settings
from corrections.difference import ADVICE
from corrections.effects.by_kind import EFFECTS
from corrections.effects.effect import Conflict, Present, Ready
from corrections.effects.live_asset import LiveAssets
from corrections.in_words import after_of, before_of
from corrections.recall.holders import Holders, Recalled, holders_of_each
from corrections.recall.recalled import recalled_by
from corrections.send import why_not_valid
from corrections.store.allowance import left_this_hour
from corrections.store.database import open_store
from corrections.store.outbox import Correction, find, sendable_keys, to_correction
from corrections.store.records import CorrectionRecord
from corrections.vendors.opened import Vendors, open_vendors

Outcome = Literal["would be written", "is there already", "conflict", "would wait"]


@dataclass(frozen=True)
class Preview:
    """One approved correction as it would go: before and after in words, and the request that would be made, if any."""

    correction: Correction
    outcome: Outcome
    why: str | None
    ready: Ready | None
    holders: Holders

    @property
    def request(self) -> dict[str, object] | None:
        """The request that would be made, None when none would; of a file its name, size in bytes and SHA-256."""
        if self.ready is None:
            return None
        write = self.ready.write
        told: dict[str, object] = {"method": write.method, "path": write.path, "body": dict(write.body)}
        if (file := write.attachment) is not None:
            told["file"] = {"name": file.name, "bytes": len(file.content), "sha256": file.sha256}
        return told

    @property
    def before(self) -> str:
        """What the object shows by the snapshot."""
        return before_of(self.correction.difference)

    @property
    def after(self) -> str:
        """What the object would show."""
        return after_of(self.correction.difference)

    @property
    def reach(self) -> str:
        """How far the asset reaches: what else holds it."""
        held = Counter(holder.holder_type for holder in self.holders.found)
        counts = [f"{number} {kind}s" for kind, number in held.items()]
        return ", ".join([*counts, f"{self.holders.communications} communications"])


def preview(settings: Settings, clock: Clock, database: Path, keys: Sequence[str] | None = None) -> list[Preview]:
    """Say of approved corrections, or of those with these keys, what sending them now would do, by reading only.

    Raises ConfigurationError when a key is unknown or a vendor is not connected, TransientSourceError when one does not
    answer, ContractBroken when the snapshot cannot be read.
    """
    now = clock.now()
    with open_store(settings) as store, store.begin() as session:
        wanted = sendable_keys(session) if keys is None else [find(session, key).correction_key for key in keys]
        corrections = [to_correction(session.get_one(CorrectionRecord, key)) for key in wanted]
        recalls = [recalled_by(session, correction.difference) for correction in corrections]
        allowed = min(left_this_hour(session, settings.corrections, now), settings.corrections.max_per_run)
    subjects = [Recalled(one.difference.asset_id, None, one.difference.public_id) for one in corrections]
    holders = holders_of_each(database, subjects)
    found: list[Preview] = []
    with open_vendors(settings, clock) as vendors:
        live = LiveAssets(vendors.library)
        for number, correction in enumerate(corrections):
            outcome, why, ready = _examined(vendors, live, correction, recalls[number])
            if outcome == "would be written" and (invalid := why_not_valid(correction, now)) is not None:
                outcome, why = "would wait", invalid
            elif outcome == "would be written" and number >= allowed:
                outcome, why = "would wait", "sending is paused, or the run or the hour allows no more"
            found.append(Preview(correction, outcome, why, ready, holders[subjects[number]]))
    return found


def _examined(
    vendors: Vendors, live: LiveAssets, correction: Correction, recall: str | None
) -> tuple[Outcome, str | None, Ready | None]:
    """What a correction would meet, why, and what would be posted."""
    if correction.difference.kind in ADVICE:
        return "would wait", "it is advice: nothing is sent, later uses confirm it", None
    effect, difference = EFFECTS[correction.difference.kind], correction.difference
    try:
        examined = effect.examine(vendors, difference)
    except PermanentSourceError as error:
        return "conflict", f"it cannot be read: {error.found}", None
    if isinstance(examined, Present):
        return "is there already", f"as {examined.remote_id}", None
    conflict = examined if isinstance(examined, Conflict) else None
    if conflict is None and effect.gives_bytes and recall is not None:
        conflict = Conflict(f"recalled: {recall}")
    if conflict is None and effect.gives_bytes:
        conflict = live.conflict_with(difference)
    if conflict is not None:
        return "conflict", conflict.reason, None
    return "would be written", None, examined if isinstance(examined, Ready) else None
