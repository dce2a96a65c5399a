"""X12 interchanges: from bytes to interchanges, groups and transaction sets, with their segments as they stand. Pure.

Here belongs the envelope: delimiters read from the ISA itself (the element separator is its fourth byte, the component
separator its sixteenth element, the segment terminator the byte behind), control numbers and counts that have to
agree, and what is no interchange. Segments that nobody knows, and sets of any type, are kept; those outside of a set
are counted. Not here: what a 997 or an 824 says (`x12_rows`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import NoReturn, TypeAlias

from assettrail.errors import RecordRejected
from ingest.form import in_form

Segment: TypeAlias = tuple[str, ...]
"""A segment's name and its elements, without their delimiters."""

LONGEST_SEGMENT = 1 << 20
MOST_SEGMENTS = 500_000
"""Of one file: a segment of two bytes is a hundred in memory, and what it says a row."""
MOST_REFUSALS = 10_000
"""Parts of one file that cannot be read, each of which is kept apart. A file of more is refused as a whole."""
PIVOT_YEAR = 70
"""Two-digit years from here on are of the last century: X12's first interchanges are of the 1980s."""
_ISA_ELEMENTS = 16
_LONGEST_ISA = 200
_CONTROL = re.compile(r"[0-9]{1,9}", re.ASCII)
_SEGMENT_NAME = re.compile(r"[A-Z][A-Z0-9]{1,2}", re.ASCII)
_SET_TYPE = re.compile(r"[0-9]{3}", re.ASCII)
_COUNT = re.compile(r"[0-9]{1,6}", re.ASCII)
_BETWEEN = b" \t\r\n\x00\x1a"
_NO_DELIMITER = re.compile(rb"[A-Za-z0-9 ]")
_ISA = re.compile(rb"ISA(?=[^A-Za-z0-9 ])")


@dataclass(frozen=True)
class Party:
    """Who sends or receives: an id says who only together with its qualifier. Padding spaces are taken off."""

    qualifier: str
    id: str

    @property
    def name(self) -> str:
        """The party as settings name it: `<qualifier>:<id>`."""
        return f"{self.qualifier}:{self.id}"


@dataclass(frozen=True)
class TransactionSet:
    """One transaction set, ST to SE: `offset` is where it begins in the file, `data` its bytes."""

    type: str
    control_number: str
    segments: Sequence[Segment]
    offset: int
    data: bytes
    group_control_number: str
    group_written: str
    version: str | None


@dataclass(frozen=True)
class Damage:
    """A part of a file that cannot be read: where it lies, its bytes, and why."""

    offset: int
    data: bytes
    reason: RecordRejected


@dataclass
class Interchange:
    """One interchange: from whom to whom, its control number, its sets. `written` is date and time as in the ISA."""

    sender: Party
    receiver: Party
    control_number: str
    written: str
    is_test: bool
    component_separator: str
    offset: int
    sets: list[TransactionSet] = field(default_factory=list)
    outside: dict[str, int] = field(default_factory=dict)
    """How many segments stand in no set, by their name: TA1, TA3, ISB."""
    damage: list[Damage] = field(default_factory=list)


def is_interchange(data: bytes) -> bool:
    """Whether bytes begin like an X12 interchange."""
    start = data[:64].lstrip(_BETWEEN)
    return start[:3] == b"ISA" and len(start) > 3 and not _NO_DELIMITER.match(start, 3)


def read_interchanges(data: bytes) -> Iterator[Interchange | Damage]:
    """Each interchange of a file in order; a part that is none is Damage, up to the next ISA.

    Sets that are whole are given also when their interchange is cut or its counts do not agree: that is in `damage`.
    Raises RecordRejected, also after some parts, for a file of more than `MOST_SEGMENTS` or `MOST_REFUSALS`.
    """
    at = 0
    left = _Left()
    while True:
        at = _next_content(data, at)
        if at >= len(data):
            return
        if data[at : at + 3] != b"ISA":
            end = _next_isa(data, at)
            left.refuse_one()
            yield _damage(data, at, end, f"{end - at} bytes that are no interchange", "an ISA segment")
            at = end
            continue
        try:
            reader = _Reader(data, at, left)
        except RecordRejected as error:
            end = _next_isa(data, at + 3)
            left.refuse_one()
            yield Damage(at, data[at:end], error)
            at = end
            continue
        yield reader.read()
        at = reader.at


def written_instant(date: str, time: str, what: str) -> datetime:
    """A date (YYMMDD or CCYYMMDD) and a time (HHMM, HHMMSS or with hundredths) as a clock reading without a zone.

    Raises RecordRejected when they are none. A two-digit year is of this century below `PIVOT_YEAR`.
    """
    if len(date) == 6 and date.isascii() and date.isdigit():
        date = ("20" if int(date[:2]) < PIVOT_YEAR else "19") + date
    try:
        if not (date + time).isascii() or len(date) != 8 or len(time) not in {4, 6, 7, 8}:
            raise ValueError
        hundredths = time[6:].ljust(2, "0") if len(time) > 6 else ""
        text, form = f"{date}{time[:6]}{hundredths}", "%Y%m%d%H%M" + ("%S" if len(time) > 4 else "")
        return datetime.strptime(text, form + ("%f" if hundredths else ""))  # noqa: DTZ007 - the zone is the partner's
    except ValueError:
        raise RecordRejected(
            tried=f"to read {what}",
            found=f"{in_form(date)} and {in_form(time)}",
            expected="a date as YYMMDD or CCYYMMDD and a time as HHMM or HHMMSS",
            remedy="have the sender correct it",
        ) from None


class _Left:
    """How much of one file may still be read."""

    def __init__(self) -> None:
        self._segments = MOST_SEGMENTS
        self._refusals = MOST_REFUSALS

    def take_one(self) -> None:
        """Count a segment."""
        self._segments -= 1
        if self._segments < 0:
            raise _rejected(f"more than {MOST_SEGMENTS} segments in one file", "a file of fewer")

    def refuse_one(self) -> None:
        """Count a part that cannot be read."""
        self._refusals -= 1
        if self._refusals < 0:
            raise _rejected(f"more than {MOST_REFUSALS} parts that cannot be read", "a file of interchanges")


class _Reader:
    """Reads one interchange from its ISA to its IEA, or to where the next one begins, be it in mid-segment."""

    def __init__(self, data: bytes, start: int, left: _Left) -> None:
        self._data = data
        self._left = left
        self._start = start
        elements, self._element, component, self._segment, self.at = _isa(data, start)
        self._interchange = Interchange(
            sender=Party(elements[5].strip(), elements[6].strip()),
            receiver=Party(elements[7].strip(), elements[8].strip()),
            control_number=elements[13].strip(),
            written=f"{elements[9]} {elements[10]}",
            is_test=elements[15].strip() == "T",
            component_separator=component,
            offset=start,
        )
        _check_parties(self._interchange)
        self._groups = 0
        self._sets_of_group = 0
        self._group: Segment | None = None
        self._set_start: int | None = None
        self._segments: list[Segment] = []

    def read(self) -> Interchange:
        """The interchange; `at` is where it ends."""
        for begins, raw in self._pieces():
            following = self._isa_within(begins, raw)
            if following is not None:
                self.at = following
                break
            segment = self._decoded(begins, raw)
            if segment is None:
                continue
            if segment[0] == "IEA":
                self._end(begins, segment)
                return self._interchange
            self._take(begins, segment)
        self._cut()
        return self._interchange

    def _isa_within(self, begins: int, raw: bytes) -> int | None:
        """Where the next interchange begins in a segment, as the sender's writing was cut off in the middle of it.

        With our own separator no text of ours can look like an ISA; with another one it may be quoted in a remark.
        """
        for found in _ISA.finditer(raw):
            start = begins + found.start()
            if not found.start():
                return start
            header = _isa_anywhere(self._data, start)
            if header is not None:
                _, element, _, _, behind = header
                names = (f"GS{element}".encode(), f"TA1{element}".encode())
                if element == self._element or self._data.startswith(names, _next_content(self._data, behind)):
                    return start
        return None

    def _pieces(self) -> Iterator[tuple[int, bytes]]:
        """Each segment's bytes without its terminator and line ends, and where it begins."""
        while True:
            begins = _next_content(self._data, self.at)
            end = self._data.find(self._segment, begins, begins + LONGEST_SEGMENT)
            if begins >= len(self._data) or end < 0:
                self.at = begins if begins >= len(self._data) else _next_isa(self._data, begins)
                return
            self.at = end + 1
            self._left.take_one()
            yield begins, self._data[begins:end]

    def _decoded(self, begins: int, raw: bytes) -> Segment | None:
        try:
            text = raw.decode("utf-8")
            if "\x00" in text:
                raise UnicodeError("a NUL character")
        except UnicodeError as error:
            self._spoil(begins, raw, f"text that cannot be read: {error}")
            return None
        return tuple(text.split(self._element))

    def _take(self, begins: int, segment: Segment) -> None:
        name = segment[0]
        if name == "ST":
            if self._set_start is not None:
                self._spoil(self._set_start, self._data[self._set_start : begins], "a set without its SE")
            self._set_start, self._segments = begins, [segment]
        elif name == "SE":
            self._end_set(begins, segment)
        elif name == "GS":
            self._group, self._sets_of_group = segment, 0
            self._groups += 1
        elif name == "GE":
            self._end_group(begins, segment)
        elif self._set_start is not None:
            self._segments.append(segment)
        elif any(segment):
            shown = name if _SEGMENT_NAME.fullmatch(name) else in_form(name)
            self._interchange.outside[shown] = self._interchange.outside.get(shown, 0) + 1

    def _end_set(self, begins: int, segment: Segment) -> None:
        start, segments, group = self._set_start, self._segments, self._group
        self._set_start, self._segments = None, []
        self._sets_of_group += 1
        if start is None:
            self._spoil(begins, self._data[begins : self.at], "an SE without its ST")
            return
        data = self._data[start : self.at]
        type_, control = _element(segments[0], 1), _element(segments[0], 2)
        stated, repeated = _element(segment, 1), _element(segment, 2)
        if group is None:
            self._spoil(start, data, "a set outside of a group")
        elif repeated != control:
            self._spoil(start, data, "another control number in SE than in ST")
        elif stated.lstrip("0") != str(len(segments) + 1):
            self._spoil(start, data, f"{len(segments) + 1} segments where SE counts {_count(stated)}")
        elif not type_ or not control:
            self._spoil(start, data, "an ST without type or control number")
        else:
            self._interchange.sets.append(
                TransactionSet(
                    type=type_,
                    control_number=control,
                    segments=tuple(segments[1:]),
                    offset=start,
                    data=data,
                    group_control_number=_element(group, 6).strip(),
                    group_written=f"{_element(group, 4)} {_element(group, 5)}",
                    version=_element(group, 8).strip() or None,
                )
            )

    def _end_group(self, begins: int, segment: Segment) -> None:
        group, self._group = self._group, None
        if self._set_start is not None:
            self._spoil(self._set_start, self._data[self._set_start : begins], "a set without its SE")
            self._set_start = None
        stated, control = _element(segment, 1), _element(segment, 2).strip()
        if group is None:
            self._spoil(begins, self._data[begins : self.at], "a GE without its GS")
        elif control.lstrip("0") != _element(group, 6).strip().lstrip("0"):
            self._spoil(begins, self._data[begins : self.at], "another group control number in GE than in GS")
        elif stated.lstrip("0") != str(self._sets_of_group or ""):
            self._spoil(
                begins, self._data[begins : self.at], f"{self._sets_of_group} sets where GE counts {_count(stated)}"
            )

    def _end(self, begins: int, segment: Segment) -> None:
        trailer = self._data[begins : self.at]
        if self._group is not None or self._set_start is not None:
            self._spoil(begins, trailer, "an interchange that ends within a group")
        elif _element(segment, 2).strip().lstrip("0") != self._interchange.control_number.lstrip("0"):
            self._spoil(begins, trailer, "another interchange control number in IEA than in ISA")
        elif _element(segment, 1).lstrip("0") != str(self._groups or ""):
            self._spoil(begins, trailer, f"{self._groups} groups where IEA counts {_count(_element(segment, 1))}")

    def _cut(self) -> None:
        """The interchange has no end: what came behind its last whole set is damage."""
        sets = self._interchange.sets
        start = sets[-1].offset + len(sets[-1].data) if sets else self._start
        self._spoil(start, self._data[start : self.at], "an interchange without its IEA: it is cut off")

    def _spoil(self, offset: int, data: bytes, found: str) -> None:
        self._left.refuse_one()
        reason = _rejected(found, "an interchange whose counts and control numbers agree")
        self._interchange.damage.append(Damage(offset, data, reason))


_Header: TypeAlias = tuple[list[str], str, str, bytes, int]


def _isa_anywhere(data: bytes, start: int) -> _Header | None:
    """The header that begins here, of which nothing but its own form tells that it is one; None for none."""
    if data[start + 3 : start + 4] != data[start + 6 : start + 7]:  # Its first element has two signs.
        return None
    with suppress(RecordRejected):
        return _isa(data, start)
    return None


def _isa(data: bytes, start: int) -> _Header:
    """The ISA's elements, the three delimiters, and where the next segment begins."""
    element = data[start + 3 : start + 4]
    if not element or _NO_DELIMITER.match(element) or element in {b"\r", b"\n"}:
        _refuse("an ISA without an element separator in its fourth byte")
    places = [start + 3]
    while len(places) < _ISA_ELEMENTS:
        place = data.find(element, places[-1] + 1, start + _LONGEST_ISA)
        if place < 0:
            _refuse(f"an ISA with {len(places)} of {_ISA_ELEMENTS} elements")
        places.append(place)
    last = places[-1]
    component, terminator = data[last + 1 : last + 2], data[last + 2 : last + 3]
    if len({element, component, terminator}) < 3 or not terminator or _NO_DELIMITER.match(component + terminator):
        _refuse("an ISA whose three delimiters are not three different signs")
    if _NO_DELIMITER.match(terminator):
        _refuse("an ISA without a segment terminator behind its sixteenth element")
    try:
        content = data[start:last].decode("ascii").split(element.decode("ascii"))
        delimiters = element.decode("ascii"), component.decode("ascii")
    except UnicodeDecodeError:
        _refuse("an ISA with signs beyond ASCII")
    if not _CONTROL.fullmatch(content[13].strip()):
        _refuse("an ISA without an interchange control number")
    return [*content, ""], *delimiters, terminator, last + 3


def _check_parties(interchange: Interchange) -> None:
    for party in (interchange.sender, interchange.receiver):
        if not party.qualifier or not party.id:
            _refuse("an ISA without sender or receiver")


def _element(segment: Segment, place: int) -> str:
    return segment[place] if place < len(segment) else ""


def is_control_number(text: str) -> bool:
    """Whether a text is a control number: at most nine digits."""
    return _CONTROL.fullmatch(text) is not None


def is_set_type(text: str) -> bool:
    """Whether a text is the type of a transaction set: three digits."""
    return _SET_TYPE.fullmatch(text) is not None


def _count(stated: str) -> str:
    """A count as a trailer states it; what is none is shown by its form."""
    return stated if _COUNT.fullmatch(stated) else in_form(stated)


def _next_content(data: bytes, at: int) -> int:
    while at < len(data) and data[at] in _BETWEEN:
        at += 1
    return at


def _next_isa(data: bytes, at: int) -> int:
    """Where the next interchange may begin: an ISA behind a line end, a whole one anywhere, or the end of the bytes."""
    for found in _ISA.finditer(data, at):
        start = found.start()
        if data[start - 1 : start] in {b"\r", b"\n"}:
            return start
        if _isa_anywhere(data, start) is not None:
            return start
    return len(data)


def _damage(data: bytes, start: int, end: int, found: str, expected: str) -> Damage:
    return Damage(start, data[start:end], _rejected(found, expected))


def _refuse(found: str) -> NoReturn:
    raise _rejected(found, "an X12 interchange")


def _rejected(found: str, expected: str) -> RecordRejected:
    return RecordRejected(
        tried="to read an interchange",
        found=found,
        expected=expected,
        remedy="compare the quarantined bytes in the raw store with the sender's, and have them sent again",
    )
