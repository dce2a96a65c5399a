"""Selections, retrievals and rendition requests of plain lines, member by member.

A decision as a whole seldom comes again, as it has an id of its own; what it chose and was asked for does. Here belongs
the JSON that decisions land as, put together from members each of which is read once however often it comes. What a
member means is `report_rows`; how a part is told to be sound is `plain_lines`.
"""

from __future__ import annotations

from typing import Final, Protocol

import msgspec
from msgspec import UNSET, Raw, UnsetType

from ingest.exstream.plain_lines import may_be_deep, part

_MOST_REMEMBERED: Final = 50_000
_MEMBERS: Final = msgspec.json.Decoder(dict[str, Raw])
_ENCODER: Final = msgspec.json.Encoder()


class MeansDecisions(Protocol):
    """What decisions become when they land."""

    def decision(self, found: object) -> str | None:
        """What of a decision lands, as JSON text. Raises RecordRejected for what is no object."""
        ...

    def member(self, name: str, found: object) -> str | None:
        """What of one member of a decision lands, as JSON text; None for nothing."""
        ...

    def plain_member(self, name: str, text: bytes) -> str | None:
        """The JSON text of a member where a look tells that it lands as it is written; else None."""
        ...


class Decisions:
    """The decisions of one report; remembers a bounded number of members."""

    def __init__(self, meaning: MeansDecisions) -> None:
        self._meaning = meaning
        self._members: dict[tuple[str, bytes], str | None] = {}

    def landed(self, found: Raw | UnsetType) -> str | None:
        """What of a decision lands, as canonical JSON: what `Meaning.decision` gives for it; absent and null are none.

        Raises RecordRejected when the line that it stands in has to be read with care.
        """
        if found is UNSET:
            return None
        text = bytes(found)
        if text == b"null":
            return None
        members = _members(text)
        if members is None:
            return self._meaning.decision(part(text))
        known = self._members
        written = []
        for name, raw in sorted(members.items()):
            key = (name, bytes(raw))
            try:
                member = known[key]
            except KeyError:
                member = self._meaning.plain_member(*key) or self._add(key)
            if member is not None:
                written.append(f'"{name}":{member}')
        return f"{{{','.join(written)}}}"

    def _add(self, key: tuple[str, bytes]) -> str | None:
        name, text = key
        if len(self._members) >= _MOST_REMEMBERED:
            self._members.clear()
        member = self._members[key] = self._meaning.member(name, part(text))
        return member


def _members(text: bytes) -> dict[str, Raw] | None:
    """The members of an object as they are written; None for what has to be read as a whole."""
    if may_be_deep(text):
        return None
    try:
        members = _MEMBERS.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return members if text.count(b'"') == _ENCODER.encode(members).count(b'"') else None
