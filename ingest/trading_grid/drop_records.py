"""Reading one dropped export by its mapping: JSON lines or CSV, plain or gzip, of any size and any state of decay.

Here belongs what becomes of each line. A line or record that cannot be read goes to quarantine with its place, hash
and reason, and the rest is read; a file that is none (an archive, another encoding, another header, gzip that is cut,
damaged or a bomb) goes there as a whole. CSV is RFC 4180 and nothing else: a lone quotation mark must not swallow the
lines behind it. Not here: which files there are (`drop_source`), and what a record means (`records`).
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO

from assettrail.errors import RecordRejected
from ingest.extract import Quarantined, Row
from ingest.form import in_form
from ingest.lines import LONGEST_LINE, FileBytes, LongLine, chunks_of_lines
from ingest.reading import Reading, in_one_line
from ingest.rows import read_rows
from ingest.schema import StreamSchema, stream_schema
from ingest.strict import JsonObject, decode_object, sha256_hex
from ingest.trading_grid.catalogue import LARGEST_UPLOAD_ROWS
from ingest.trading_grid.context import Context
from ingest.trading_grid.drop_mapping import DropMapping
from ingest.trading_grid.streams import row_of, under_our_names

MOST_LINES_OF_A_RECORD = 200
MOST_REFUSALS = 10_000
"""More records of one file than these that cannot be read: then it is not the export that the mapping means."""
MOST_UNPACKED_BYTES = 1 << 30
"""Bytes that gzip may unpack to: the rows of one file are held until it was read to its end."""
_LARGEST_RECORD = 1 << 20
_ROWS_AT_ONCE = 20_000
_MOST_NAMES_IN_A_NOTE = 12
_NOT_A_TEXT_FILE: Sequence[tuple[bytes, str]] = (
    (b"PK\x03\x04", "a zip archive; send its files singly, plain or as gzip"),
    (b"\xff\xfe", "text in UTF-16"),
    (b"\xfe\xff", "text in UTF-16"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive; send the file plain or as gzip"),
    (b"BZh", "a bzip2 archive; send the file plain or as gzip"),
    (b"\x1f\x8b", "gzip within gzip"),
)


@dataclass(frozen=True)
class _Line:
    """One line without its end: `data` None for one that was too long to hold, of which `sha256` is known.

    `has_end`: it is ended in the file, which the last one may not be.
    """

    offset: int
    data: bytes | None
    sha256: str
    length: int
    has_end: bool = True


@dataclass(frozen=True)
class _Record:
    """One CSV record: its fields, or why there are none."""

    offset: int
    data: bytes
    fields: tuple[str, ...] = ()
    reason: RecordRejected | None = None
    sha256: str | None = None
    has_end: bool = True


@dataclass
class DropReading:
    """What reading one file gave: rows and refusals in `reading`, the number of records, and what a person should know.

    `is_refused`: the file as a whole is in quarantine, and none of its rows are given. `is_perhaps_cut`: all rows are
    given, and its last record may be one that was cut: the file is nothing to delete.
    """

    reading: Reading = field(default_factory=Reading)
    records: int = 0
    notes: list[str] = field(default_factory=list)
    is_refused: bool = False
    is_perhaps_cut: bool = False


def read_drop(mapping: DropMapping, data: bytes, source_uri: str, raw_hash: str, context: Context) -> DropReading:
    """Read one export. Never raises for what is in the file."""
    reader = _DropReader(mapping, source_uri, raw_hash, context)
    try:
        reader.read(data)
    except _WholeFileRefused as refused:
        return _refused_whole(refused.reason, data, source_uri, raw_hash)
    except RecordRejected as error:
        return _refused_whole(error, data, source_uri, raw_hash)
    return reader.found


def _refused_whole(error: RecordRejected, data: bytes, source_uri: str, raw_hash: str) -> DropReading:
    refused = DropReading(is_refused=True, notes=["the whole file is in quarantine"])
    refused.reading.quarantined.append(Quarantined(source_uri, raw_hash, 0, in_one_line(error), sha256_hex(data)))
    return refused


class _WholeFileRefused(Exception):
    """The file is none of ours; what was read of it so far does not count."""

    def __init__(self, reason: RecordRejected) -> None:
        super().__init__(str(reason))
        self.reason = reason


class _DropReader:
    """Reads one file; refusals of the whole file are raised as RecordRejected."""

    def __init__(self, mapping: DropMapping, source_uri: str, raw_hash: str, context: Context) -> None:
        self._shape = mapping.shape
        self._schema: StreamSchema = stream_schema("trading_grid", mapping.stream)
        self._source_uri = source_uri
        self._raw_hash = raw_hash
        self._context = context
        self._rows: list[Row] = []
        self._unmapped: dict[str, None] = {}
        self.found = DropReading()

    def read(self, data: bytes) -> None:
        lines = _lines(data)
        if self._shape.format == "jsonl":
            self._read_json(lines)
        else:
            self._read_csv(lines)
        self._flush()
        if self._unmapped:
            names = list(self._unmapped)
            rest = len(names) - _MOST_NAMES_IN_A_NOTE
            self.found.notes.append(
                "fields that no column takes: "
                + ", ".join(self._context.mask(name[:60]) for name in names[:_MOST_NAMES_IN_A_NOTE])
                + (f" and {rest} more" if rest > 0 else "")
            )

    def _read_json(self, lines: Iterator[_Line]) -> None:
        heads = {path.split(".", 1)[0] for path in self._shape.columns.values()}
        for line in lines:
            if line.data is not None and not line.data.strip():
                continue
            self.found.records += 1
            if line.data is None:
                self._refuse_long(line)
                continue
            try:
                item = decode_object(line.data, "a line")
                self._unmapped.update(dict.fromkeys(name for name in item if name not in heads))
                self._take(under_our_names(item, self._shape.columns, self._shape.numbers))
            except RecordRejected as error:
                self._refuse(line.offset, line.data, error)

    def _read_csv(self, lines: Iterator[_Line]) -> None:
        records = _csv_records(lines, self._shape.delimiter)
        header = next(records, None)
        if header is None:
            self.found.notes.append("the file has no header: it is empty")
            return
        places = self._places(header)
        width = len(header.fields)
        self._doubt_end(header)
        for record in records:
            self.found.records += 1
            self._doubt_end(record)
            reason = record.reason
            if reason is None and len(record.fields) != width:
                reason = _rejected("a record", f"{len(record.fields)} fields", f"{width}, as in the header")
            if reason is not None:
                self._refuse(record.offset, record.data, reason, record.sha256)
                continue
            try:
                self._take({name: record.fields[at] or None for name, at in places.items()})
            except RecordRejected as error:
                self._refuse(record.offset, record.data, error)
        if self._schema.name == "catalogue_images" and self.found.records > LARGEST_UPLOAD_ROWS:
            self.found.notes.append(
                f"{self.found.records} data rows, more than the {LARGEST_UPLOAD_ROWS} that the catalogue takes"
            )

    def _doubt_end(self, record: _Record) -> None:
        """Doubt a record without a line end, the last one: a value that was cut reads as a shorter one."""
        if not record.has_end and record.reason is None:
            self.found.is_perhaps_cut = True
            self.found.notes.append("the file ends within a line: its last record may be cut")

    def _places(self, header: _Record) -> Mapping[str, int]:
        """Where each of our columns stands. Raises RecordRejected: a file with another header is another export."""
        if header.reason is not None:
            raise header.reason
        names = _header_names(header.fields)
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            known = twice in self._shape.columns.values()
            said = repr(twice) if known else f"in column {names.index(twice) + 1} {in_form(twice)}"
            raise _rejected("the header", f"{said}, twice", "each name once")
        is_folded = self._schema.name == "catalogue_images"  # The catalogue's headers know no case.
        found = {name.lower() if is_folded else name: at for at, name in enumerate(names)}
        wanted = {ours: name.lower() if is_folded else name for ours, name in self._shape.columns.items()}
        missing = sorted(name for name in wanted.values() if name not in found)
        if missing:
            raise _rejected("the header", f"no {', '.join(missing)[:300]}", "every column that the mapping names")
        taken = set(wanted.values())
        self._unmapped.update(dict.fromkeys(name for name in found if name not in taken))
        return {ours: found[name] for ours, name in wanted.items()}

    def _take(self, item: JsonObject) -> None:
        values = row_of(
            self._schema.name,
            {**item, **self._shape.constants},
            self._context,
            self._shape.zone,
            self._shape.time_format,
        )
        self._rows.append(Row(values, self._source_uri, self._raw_hash))
        if len(self._rows) >= _ROWS_AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        """Rows as columns take a tenth of the memory."""
        if self._rows:
            readable = read_rows(self._schema, self._rows)
            self.found.reading.tables.append(readable.table)
            self.found.reading.quarantined.extend(readable.refused)
            self._rows = []

    def _refuse_long(self, line: _Line) -> None:
        error = _rejected("a line", f"{line.length} bytes", "a line that can be held in memory")
        self._refuse(line.offset, b"", error, line.sha256)

    def _refuse(self, offset: int, data: bytes, error: RecordRejected, sha256: str | None = None) -> None:
        if len(self.found.reading.quarantined) >= MOST_REFUSALS:
            found = f"more than {MOST_REFUSALS} records that cannot be read; the first: {error.found}"
            raise _WholeFileRefused(_rejected("a dropped file", found, "the export that the mapping describes"))
        self.found.reading.quarantined.append(
            Quarantined(self._source_uri, self._raw_hash, offset, in_one_line(error), sha256 or sha256_hex(data))
        )


def _lines(data: bytes) -> Iterator[_Line]:
    """Each line of a file, decompressed. Raises RecordRejected for what is no text file."""
    _refuse_what_is_no_text(data, skip_gzip=True)
    is_first = True
    for part in chunks_of_lines(FileBytes(BytesIO(data), most_bytes=MOST_UNPACKED_BYTES).blocks()):
        if isinstance(part, LongLine):
            yield _Line(part.offset, None, part.sha256, part.length)
            continue
        offset, chunk = part
        if is_first:
            _refuse_what_is_no_text(chunk, skip_gzip=False)
            is_first = False
        without_end = None if chunk.endswith(b"\n") else offset + chunk.rfind(b"\n") + 1
        for line in chunk.removesuffix(b"\n").split(b"\n"):
            if len(line) > LONGEST_LINE:
                yield _Line(offset, None, sha256_hex(line), len(line))
            else:
                yield _Line(offset, line.removesuffix(b"\r"), "", len(line), offset != without_end)
            offset += len(line) + 1


def _refuse_what_is_no_text(data: bytes, *, skip_gzip: bool) -> None:
    for mark, words in _NOT_A_TEXT_FILE:
        if data.startswith(mark) and not (skip_gzip and mark == b"\x1f\x8b"):
            raise _rejected("a dropped file", words, "text in UTF-8, plain or as gzip")


def _csv_records(lines: Iterator[_Line], delimiter: str) -> Iterator[_Record]:
    """CSV records in order. What cannot be read is refused by its first line, and reading goes on with the second."""
    field_pattern = re.compile(rf'"([^"]*(?:""[^"]*)*)"|([^"{re.escape(delimiter)}]*)')
    waiting: deque[_Line] = deque()

    def following() -> _Line | None:
        return waiting.popleft() if waiting else next(lines, None)

    while (line := following()) is not None:
        if line.data is None:
            reason = _rejected("a line", f"{line.length} bytes", "a line that can be held in memory")
            yield _Record(line.offset, b"", reason=reason, sha256=line.sha256)
            continue
        if not line.data.strip():
            continue
        joined = _joined(line, following, waiting)
        data = b"\r\n".join(part.data or b"" for part in joined)
        record = _parsed(line.offset, data, field_pattern, delimiter)
        if record.reason is not None and len(joined) > 1:
            waiting.extendleft(reversed(joined[1:]))
            record = _Record(line.offset, line.data, reason=record.reason)
        yield record if joined[-1].has_end else replace(record, has_end=False)


def _joined(line: _Line, following: Callable[[], _Line | None], waiting: deque[_Line]) -> list[_Line]:
    """The line with those behind it until every quotation mark has its partner; alone when that does not come soon."""
    joined = [line]
    quotes, size = (line.data or b"").count(b'"'), line.length
    while quotes % 2 and len(joined) < MOST_LINES_OF_A_RECORD and size < _LARGEST_RECORD:
        nxt = following()
        if nxt is None:
            break
        joined.append(nxt)
        if nxt.data is None:
            break
        quotes, size = quotes + nxt.data.count(b'"'), size + nxt.length
    if quotes % 2:
        waiting.extendleft(reversed(joined[1:]))
        return [line]
    return joined


def _parsed(offset: int, data: bytes, pattern: re.Pattern[str], delimiter: str) -> _Record:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        reason = _rejected("a record", f"invalid UTF-8 at its byte {error.start}", "text in UTF-8")
        return _Record(offset, data, reason=reason)
    if "\x00" in text:
        return _Record(offset, data, reason=_rejected("a record", "a NUL character", "text"))
    fields: list[str] = []
    at = 0
    while True:
        match = pattern.match(text, at)
        if match is None:
            break
        fields.append(match[1].replace('""', '"') if match[1] is not None else match[2])
        at = match.end()
        if at == len(text):
            return _Record(offset, data, tuple(fields))
        if text[at] != delimiter:
            break
        at += 1
    return _Record(
        offset, data, reason=_rejected("a record", "a quotation mark that has no partner or no place", "RFC 4180")
    )


def _header_names(fields: Sequence[str]) -> list[str]:
    """The header's names; one that begins with a colon says something of the column before it (`:uom`)."""
    names: list[str] = []
    last = ""
    for name in map(str.strip, fields):
        if name.startswith(":"):
            names.append(last + name)
        else:
            names.append(name)
            last = name
    return names


def _rejected(what: str, found: str, expected: str) -> RecordRejected:
    return RecordRejected(
        tried=f"to read {what}",
        found=found,
        expected=expected,
        remedy="look at the quarantined bytes in the raw store and have the sender write them again",
    )
