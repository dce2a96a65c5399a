"""A report that a customer designed, read by its mapping: each record becomes a line of our own asset-use report.

Here belong splitting the file into records (CSV with quotation marks, pipes, JSON lines), naming their fields by the
mapping, and putting them in the shape that `report_rows` lands, so that mapped reports and our own give the same rows.
A record that cannot be read is refused alone, with its place, in gzip that after decompression. No more than a few
megabytes of the file are held. Not here: the mapping
itself (`report_mapping`), and what lands of a record (`report_rows`, `discretion`).
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator, Mapping, Sized
from dataclasses import dataclass
from typing import BinaryIO, Final, TypeAlias

from assettrail.errors import RecordRejected
from ingest.exstream.asset_use_report import ReportLine
from ingest.exstream.report_mapping import (
    COMMUNICATION_FIELDS,
    DECISIONS,
    FOUND_BY,
    OBJECTS,
    REFERENCE_FIELDS,
    RENDERING_FIELDS,
    REPORT_STREAMS,
    USE_FIELDS,
    WHOLE_NUMBERS,
    FieldSource,
    ReportMapping,
    refuse_unknown_columns,
)
from ingest.instants import settled
from ingest.lines import LONGEST_LINE, FileBytes, LongLine, lines_of
from ingest.strict import JsonObject, decode_object

_MOST_LINES_OF_A_RECORD: Final = 200
_UTF16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")

_Lines: TypeAlias = Iterator[tuple[int, bytes] | LongLine]


@dataclass(frozen=True)
class _Record:
    """One record of the file: its place, its bytes, and its cells by column name, or why it was refused."""

    offset: int
    line: bytes
    cells: Mapping[str, object] | RecordRejected


def mapped_lines(mapping: ReportMapping, source: BinaryIO, where: str) -> Iterator[ReportLine | LongLine]:
    """The file's records as lines of an asset-use report; a refused record has its refusal as content.

    Memory does not grow with the file; of a line that is too long to be held its place and hash are given. Raises
    ConfigurationError when the file's header does not have the columns that the mapping names, RecordRejected when the
    file as a whole cannot be split into records.
    """
    for record in _records(mapping, source, where):
        if isinstance(record, LongLine):
            yield record
            continue
        if isinstance(record.cells, RecordRejected):
            yield ReportLine(record.offset, record.line, record.cells)
            continue
        try:
            for cells in _each(mapping, record.cells):
                yield ReportLine(record.offset, record.line, _line(mapping, cells))
        except RecordRejected as error:
            yield ReportLine(record.offset, record.line, error)


def refuse_wrong_columns(mapping: ReportMapping, source: BinaryIO, where: str) -> None:
    """Raise ConfigurationError when a file's header does not have the columns that the mapping names."""
    if mapping.shape.header:
        next(iter(_records(mapping, source, where)), None)


def count_records(mapping: ReportMapping, source: BinaryIO) -> int:
    """How many records the file has, whether they can be read or not; a header is none."""
    return sum(1 for _ in _records(mapping, source, "the file"))


def streams_of(mapping: ReportMapping) -> tuple[str, ...]:
    """The streams that a mapping feeds, in landing order."""
    return tuple(stream for stream in REPORT_STREAMS if stream in mapping.shape.streams)


def has_part(stream: str, line: JsonObject) -> bool:
    """Whether a line has anything for a stream: a record without an asset is no asset use, and no mistake."""
    renderings = line.get("renderings")
    if stream == "communications":
        return True
    if not isinstance(renderings, list) or not renderings:
        return False
    return stream == "renderings" or bool(renderings[0]["uses"])


def _records(mapping: ReportMapping, source: BinaryIO, where: str) -> Iterator[_Record | LongLine]:
    lines = lines_of(_refusing_utf16(FileBytes(source).blocks()))
    if mapping.shape.format == "jsonlines":
        yield from _json_records(lines)
    else:
        yield from _table_records(mapping, lines, where)


def _refusing_utf16(blocks: Iterator[bytes]) -> Iterator[bytes]:
    for number, block in enumerate(blocks):
        if number == 0 and block.startswith(_UTF16_MARKS):
            expected = "a file in the encoding that the mapping names"
            raise _rejected("a file in UTF-16", expected, "have it written in UTF-8")
        yield block


def _json_records(lines: _Lines) -> Iterator[_Record | LongLine]:
    for piece in lines:
        if isinstance(piece, LongLine):
            yield piece
            continue
        offset, line = piece
        if not line.strip():
            continue
        try:
            _refuse_long(line)
            yield _Record(offset, line, decode_object(line, "a line of a report"))
        except RecordRejected as error:
            yield _Record(offset, line, error)


def _table_records(mapping: ReportMapping, lines: _Lines, where: str) -> Iterator[_Record | LongLine]:
    layouts = mapping.layouts
    header: tuple[str, ...] | None = None
    for piece in lines if mapping.shape.format == "pipe" else _csv_lines(lines):
        if isinstance(piece, LongLine):
            yield piece
            continue
        offset, line = piece
        if not line.strip():
            continue
        try:
            cells = _cells(mapping, line)
        except RecordRejected as error:
            yield _Record(offset, line, error)
            continue
        if mapping.shape.header and header is None:
            header = tuple(cell.strip() for cell in cells)
            refuse_unknown_columns(mapping, header, where)
            layouts = {len(header): header}
            continue
        names = layouts.get(len(cells))
        if names is None:
            known = " or ".join(str(count) for count in sorted(layouts))
            refusal = _rejected(
                f"{len(cells)} columns", f"{known} columns", "add a layout for such lines to the mapping"
            )
            yield _Record(offset, line, refusal)
            continue
        yield _Record(offset, line, dict(zip(names, cells, strict=True)))


def _csv_lines(lines: _Lines) -> _Lines:
    """The records of CSV, with their places: a line that ends inside of quotation marks goes on.

    When a mark is never closed, it is in the first line: the lines behind it are records of their own.
    """
    waiting: deque[tuple[int, bytes] | LongLine] = deque()
    while (first := waiting.popleft() if waiting else next(lines, None)) is not None:
        if isinstance(first, LongLine):
            yield first
            continue
        offset, record = first
        taken: list[tuple[int, bytes] | LongLine] = []
        while record.count(b'"') % 2 and len(record) <= LONGEST_LINE and len(taken) + 1 < _MOST_LINES_OF_A_RECORD:
            following = waiting.popleft() if waiting else next(lines, None)
            if following is None:
                break
            taken.append(following)
            if isinstance(following, LongLine):
                break
            record += following[1]
        if record.count(b'"') % 2:
            waiting.extendleft(reversed(taken))
            record = first[1]
        yield offset, record


def _cells(mapping: ReportMapping, line: bytes) -> list[str]:
    _refuse_long(line)
    try:
        text = line.decode(mapping.shape.encoding)
    except UnicodeDecodeError as error:
        found = f"invalid {mapping.shape.encoding} at byte {error.start} of the line"
        raise _rejected(found, f"text in {mapping.shape.encoding}", "have the line written again") from error
    if "\x00" in text:
        raise _rejected("a NUL character", "text", "have the line written again")
    text = text.removesuffix("\n").removesuffix("\r")
    if mapping.shape.format == "pipe":
        return text.split("|")
    try:
        rows = list(csv.reader([text], delimiter=mapping.shape.delimiter, strict=True))
    except csv.Error as error:
        raise _rejected(f"no sound CSV: {error}", "CSV as in RFC 4180", "have the line written again") from error
    return rows[0] if rows else []


def _each(mapping: ReportMapping, cells: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    """The record's cells, once for each element of the list that the mapping names; an empty list is one record."""
    each = mapping.shape.each
    if each is None:
        yield cells
        return
    found = _at_path(cells, each)
    if found is not None and not isinstance(found, list):
        raise _rejected(f"{each}: a {type(found).__name__}", "a list", "correct `each` of the mapping")
    for element in found or [{}]:
        if not isinstance(element, dict):
            raise _rejected(f"{each}[]: a {type(element).__name__}", "objects", "correct `each` of the mapping")
        yield {**cells, f"{each}[]": element}


def _line(mapping: ReportMapping, cells: Mapping[str, object]) -> JsonObject:
    """One record in the shape of an asset-use report's line."""
    found: dict[str, object] = {}
    for name, source in mapping.fields.items():
        value = _value(name, source, cells, is_json=mapping.shape.format == "jsonlines")
        if value is not None:
            found[name] = value
    line = {name: found[name] for name in found if name in COMMUNICATION_FIELDS}
    profile = _object("profile", found)
    if profile is not None:
        line["profile"] = profile
    rendering = _rendering(mapping, found)
    return {**line, "renderings": [rendering]} if rendering is not None else line


def _rendering(mapping: ReportMapping, found: Mapping[str, object]) -> dict[str, object] | None:
    """The rendering with its asset use, if any; None when no column says anything of one."""
    stated = [name for name in found if mapping.fields[name].names and name.partition(".")[0] in _OF_A_RENDERING]
    if not stated:
        return None
    rendering: dict[str, object] = {name: found[name] for name in found if name in RENDERING_FIELDS}
    for name in DECISIONS:
        decision = _object(name, found)
        if decision is not None:
            rendering[name] = decision
    use: dict[str, object] = {name: found[name] for name in found if name in USE_FIELDS - REFERENCE_FIELDS}
    reference = {name: found[name] for name in found if name in REFERENCE_FIELDS}
    has_asset = any(name in found for name in FOUND_BY)
    return {**rendering, "uses": [{**use, "asset_reference": reference}] if has_asset else []}


_OF_A_RENDERING: Final = RENDERING_FIELDS | USE_FIELDS | set(DECISIONS)


def _object(name: str, found: Mapping[str, object]) -> object:
    """An object that is mapped as a whole, or made of the fields that are mapped as its members."""
    if name in found:
        return found[name]
    parts: dict[str, object] = {}
    for field, value in found.items():
        head, _, rest = field.partition(".")
        if head == name and rest:
            place = parts
            *path, last = rest.split(".")
            for step in path:
                place = place.setdefault(step, {})  # type: ignore[assignment]
            place[last] = value
    return parts or None


def _value(name: str, source: FieldSource, cells: Mapping[str, object], *, is_json: bool) -> object:
    """The value of one field; None when the record has none. An empty cell is none."""
    if source.constant is not None:
        return source.constant
    values = [_at_path(cells, column) if is_json else cells.get(column) for column in source.names]
    if any(value is None or value == "" for value in values):
        return None
    value = values[0] if source.column is not None else source.join.join(_text(name, value) for value in values)
    if name in OBJECTS or isinstance(value, list | dict):
        return _as_written(name, value)
    return _translated(name, source, _text(name, value)) if source.values else _typed(name, source, value)


def _translated(name: str, source: FieldSource, text: str) -> str:
    if text in source.values:
        return source.values[text]
    raise _rejected(
        f"{name}: a value that the mapping does not translate",
        f"one of {', '.join(source.values)}",
        f"add it to fields.{name}.values of the mapping",
    )


def _typed(name: str, source: FieldSource, value: object) -> object:
    """The value in the type of its field; numbers and members of decisions as they are."""
    if name == "generated_at":
        return _instant(source, _text(name, value))
    if name == "offer_ids":
        text = _text(name, value)
        return [part.strip() for part in text.split(source.split)] if source.split else [text]
    return value if name in WHOLE_NUMBERS or "." in name else _text(name, value)


def _as_written(name: str, value: object) -> object:
    """A part of a JSON line that lands as an object or a list."""
    if isinstance(value, list) and name == "offer_ids":
        return value
    if isinstance(value, dict) and (name in OBJECTS or name == "target_reference"):
        return value
    if "." in name:
        return value
    raise _rejected(f"{name}: a {type(value).__name__}", "a value of the field's own type", "correct the mapping")


def _instant(source: FieldSource, text: str) -> str:
    """The instant with an offset. Raises RecordRejected for a clock reading whose zone no mapping names."""
    found = settled({"generated_at_raw": text}, source.zone, source.format)["generated_at_raw"]
    return str(found)


def _text(name: str, value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise _rejected(f"{name}: a {type(value).__name__}", "a text or whole number", "correct the mapping")


def _at_path(cells: Mapping[str, object], path: str) -> object:
    """The value at a dotted path of a JSON record; `list[].member` is a member of the element at hand."""
    head, mark, rest = path.partition("[].")
    if mark and f"{head}[]" in cells:
        return _at_path(_mapping(cells[f"{head}[]"]), rest)
    found: object = cells
    for step in path.split("."):
        if not isinstance(found, Mapping):
            return None
        found = found.get(step)
    return found


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _refuse_long(line: Sized) -> None:
    if len(line) > LONGEST_LINE:
        raise _rejected(f"{len(line)} bytes", f"at most {LONGEST_LINE} bytes", "have one record written per line")


def _rejected(found: str, expected: str, remedy: str) -> RecordRejected:
    return RecordRejected(
        tried="to read a record of a report by its mapping", found=found, expected=expected, remedy=remedy
    )
