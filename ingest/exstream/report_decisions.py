"""Selections, retrievals and rendition requests of plain lines, member by member.

A decision as a whole seldom comes again, as it begins with an id of its own; what follows the id does, and if not, what
it chose and was asked for does. Here belongs the JSON that decisions land as, put together from what is read once
however often it comes. What a member means is `report_rows`; how a part is told to be sound is `plain_lines`.
"""

from __future__ import annotations

import re
from typing import Final, Protocol

import msgspec
from msgspec import UNSET, Raw, UnsetType

from ingest.exstream.plain_lines import may_be_deep, part

_MOST_REMEMBERED: Final = 50_000
_MEMBERS: Final = msgspec.json.Decoder(dict[str, Raw])
_ENCODER: Final = msgspec.json.Encoder()
_BEGINS_WITH_AN_ID: Final = re.compile(rb'\{"([a-z_]+)": ?("[^"\\]*")(,.*)', re.DOTALL)


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
    """The decisions of one report; remembers a bounded number of members, and of what follows ids."""

    def __init__(self, meaning: MeansDecisions) -> None:
        self._meaning = meaning
        self._members: dict[tuple[str, bytes], str | None] = {}
        self._around_ids: dict[tuple[bytes, bytes], tuple[str, str]] = {}

    def landed(self, found: Raw | UnsetType) -> str | None:
        """What of a decision lands, as canonical JSON: what `Meaning.decision` gives for it; absent and null are none.

        Raises RecordRejected when the line that it stands in has to be read with care.
        """
        if found is UNSET:
            return None
        text = bytes(found)
        if text == b"null":
            return None
        begins = _BEGINS_WITH_AN_ID.fullmatch(text)
        if begins is None:
            return self._read(text)
        name, own_id, rest = begins.groups()
        plain = self._meaning.plain_member(name.decode(), own_id)
        if plain is None:
            return self._read(text)
        around = self._around_ids.get((name, rest))
        return self._read(text, (name, rest)) if around is None else f"{around[0]}{plain}{around[1]}"

    def _read(self, text: bytes, around: tuple[bytes, bytes] | None = None) -> str | None:
        """What of a decision lands; `around` tells the name of the id that it begins with, and what follows the id."""
        members = _members(text)
        if members is None:
            return self._meaning.decision(part(text))
        written = {
            name: member
            for name, raw in sorted(members.items())
            if (member := self._member(name, bytes(raw))) is not None
        }
        if around is not None:
            self._remember(around, written)
        return f"{{{_joined(written)}}}"

    def _remember(self, around: tuple[bytes, bytes], written: dict[str, str]) -> None:
        """Keep what stands before and behind the id that a decision begins with; no member comes twice in it."""
        if len(self._around_ids) >= _MOST_REMEMBERED:
            self._around_ids.clear()
        own = around[0].decode()
        before = _joined({name: member for name, member in written.items() if name < own})
        behind = _joined({name: member for name, member in written.items() if name > own})
        self._around_ids[around] = (
            f'{{{before}{"," if before else ""}"{own}":',
            f"{',' if behind else ''}{behind}}}",
        )

    def _member(self, name: str, text: bytes) -> str | None:
        key = (name, text)
        try:
            return self._members[key]
        except KeyError:
            return self._meaning.plain_member(name, text) or self._add(key)

    def _add(self, key: tuple[str, bytes]) -> str | None:
        name, text = key
        if len(self._members) >= _MOST_REMEMBERED:
            self._members.clear()
        member = self._members[key] = self._meaning.member(name, part(text))
        return member


def _joined(written: dict[str, str]) -> str:
    return ",".join(f'"{name}":{member}' for name, member in written.items())


def _members(text: bytes) -> dict[str, Raw] | None:
    """The members of an object as they are written; None for what has to be read as a whole."""
    if may_be_deep(text):
        return None
    try:
        members = _MEMBERS.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return members if text.count(b'"') == _ENCODER.encode(members).count(b'"') else None
