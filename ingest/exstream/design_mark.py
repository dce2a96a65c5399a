"""The cursor of a listed stream of Design: up to when it is complete, and what a later reading may not find again.

Here belongs what a doubt leaves in the cursor. A reading with doubts is done again over the same time; but what was
missing of a resource is brought back only while the resource is listed, and one that is listed no more leaves the time
incomplete. Not here: reading and claims (`design`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

Cursor: TypeAlias = Mapping[str, object]

_MOST_NAMED: Final = 40
_DIGITS: Final = 16


@dataclass(frozen=True)
class DesignMark:
    """A stream's cursor.

    - `complete_to`: the end of what has been claimed.
    - `doubted_to`, `lost`: readings until then missed something of these resources (hashed; None: of too many).
    - `told`: versions without content (hashed), of which a claim has told.
    """

    complete_to: datetime | None = None
    doubted_to: datetime | None = None
    lost: frozenset[str] | None = frozenset()
    told: frozenset[str] = frozenset()

    @classmethod
    def read(cls, cursor: Cursor | None) -> DesignMark:
        """The cursor that `write` made; None means from the beginning. Older ones know `complete_to` alone."""
        content = cursor or {}
        doubted_to = _instant(content, "doubted_to")
        lost = _hashes(content.get("lost"))
        return cls(
            complete_to=_instant(content, "complete_to"),
            doubted_to=doubted_to,
            lost=None if doubted_to and not lost else lost,
            told=_hashes(content.get("told")),
        )

    def write(self) -> Cursor | None:
        """The mark as the cursor of a batch; None where it says nothing."""
        lost = self.lost if self.lost is not None and len(self.lost) <= _MOST_NAMED else frozenset()
        written = {
            "complete_to": self.complete_to.isoformat() if self.complete_to else None,
            "doubted_to": self.doubted_to.isoformat() if self.doubted_to else None,
            "lost": "".join(sorted(lost)),
            "told": "".join(sorted(self.told)[:_MOST_NAMED]),
        }
        return {name: value for name, value in written.items() if value} or None

    def still_lost(self, listed: frozenset[str]) -> frozenset[str] | None:
        """What was missing of resources that are not among those listed now; None: nobody knows of which."""
        return None if self.lost is None else self.lost - listed

    def after_doubt(self, began: datetime, listed: frozenset[str], lost: frozenset[str]) -> DesignMark:
        """The mark after a reading with doubts, of which `lost` are the resources that something is missing of."""
        still = self.still_lost(listed)
        together = None if still is None else still | lost
        is_doubted = together is None or bool(together)
        doubted_to = (began if lost else self.doubted_to) if is_doubted else None
        return DesignMark(self.complete_to, doubted_to, together, self.told)


def named(*parts: object) -> str:
    """A resource, or a version of one, in a few digits, however long its id is."""
    text = "/".join(str(part) for part in parts)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


def _hashes(told: object) -> frozenset[str]:
    text = told if isinstance(told, str) else ""
    return frozenset(text[start : start + _DIGITS] for start in range(0, len(text), _DIGITS))


def _instant(content: Cursor, name: str) -> datetime | None:
    value = content.get(name)
    return datetime.fromisoformat(value) if isinstance(value, str) else None
