"""The delivery file of an engine run (`_STDDELIVERYFILE.xml`): which output went to which customer of the run.

Here belongs reading it as a stream, in memory that does not grow with the file: the encoding by byte order mark, then
by the declaration, then UTF-8; a bare DOCTYPE is tolerated, entities are refused; a file without its closing tag is not
believed at all. The schema is not public: what is read follows the one sample that was seen, and everything else is
ignored. Not here: who the customer is (`streams`), since `customer number` is only an ordinal in the run. Why expat:
docs/decisions/0008-delivery-files-by-expat.md.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final, NamedTuple
from xml.parsers import expat

from assettrail.errors import RecordRejected
from ingest.exstream.plain_outputs import FILE_START, LONGEST_PLAIN_FILE, plain_customers, plain_files

FILE_NAME = "_STDDELIVERYFILE.xml"
BATCH_OUTPUTS: Final = 5_000
LARGE_FILE_CUSTOMERS: Final = 20_000
"""From this many customers on, an output's page count and size, which stand behind them, are read beforehand."""

_ROOT: Final = "outputList"
_CHUNK_BYTES: Final = 1 << 18
HEAD_BYTES: Final = 8192
"""What of a file is enough to know its encoding, and what its root element says."""

_TAIL_BYTES: Final = 512
_LONGEST_TOKEN: Final = 1 << 20
_LONGEST_TEXT: Final = 1 << 16
_MOST_KEYS: Final = 1000
_DEEPEST: Final = 64
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>", re.ASCII)
_DECLARED = re.compile(rb"^\s*<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_CUSTOMERS = re.compile(r"<outputList[^>]*\bcustomersProcessed\s*=\s*[\"'](\d{1,12})[\"']", re.ASCII)
_CLOSING = re.compile(r"</outputList\s*>\s*\Z")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BYTE_ENCODINGS = frozenset({"iso8859-1", "iso8859-15", "cp1252", "cp1250", "ascii", "utf-8"})
_DIGITS = re.compile(r"\d{1,18}", re.ASCII)


class DeliveryOutput(NamedTuple):
    """One output file for one customer of the run. Counts are None where the file does not state them."""

    queue_name: str
    mime_type: str | None
    pdl: str | None
    path: str
    customer_number: int
    page_count: int | None
    size_bytes: int | None
    keys: dict[str, str]


class RefusedOutput(NamedTuple):
    """An output, or one of its customers, that could not be read: the number of its `file` element, from 1, and why."""

    number: int
    path: str | None
    error: RecordRejected


@dataclass(frozen=True)
class DeliveryBatch:
    """Some outputs in the file's order, and what of their part of the file was refused."""

    outputs: tuple[DeliveryOutput, ...]
    refused: tuple[RefusedOutput, ...]


@dataclass(frozen=True)
class DeliveryFile:
    """All outputs of one delivery file in its order, and the outputs that could not be read (number and why)."""

    outputs: tuple[DeliveryOutput, ...]
    refused: tuple[tuple[int, RecordRejected], ...]
    customers_processed: int | None


def read_delivery_file(data: bytes) -> DeliveryFile:
    """Read a whole file at once; RecordRejected when it is no complete, sound delivery file."""
    batches = list(delivery_batches(io.BytesIO(data)))
    return DeliveryFile(
        outputs=tuple(output for batch in batches for output in batch.outputs),
        refused=tuple((refused.number, refused.error) for batch in batches for refused in batch.refused),
        customers_processed=customers_processed(data),
    )


def delivery_batches(source: BinaryIO) -> Iterator[DeliveryBatch]:
    """The outputs of a delivery file from its beginning, in batches of about `BATCH_OUTPUTS`.

    `source` can seek. Raises RecordRejected when the file is no complete, sound delivery file, also after some
    batches: whoever believes a file waits for the last one.
    """
    if not _is_closed(source):
        raise _rejected("no closing tag </outputList>: half written or cut off")
    reader = _OutputReader(lambda: _read_large_counts(source))
    for _ in _parsed(source, reader):
        if len(reader.outputs) >= BATCH_OUTPUTS:
            yield reader.take()
    if reader.outputs or reader.refused:
        yield reader.take()


def has_closing_tag(source: BinaryIO) -> bool:
    """Does the file end as a finished delivery file does? RecordRejected when its encoding cannot be read."""
    return _is_closed(source)


def customers_processed(start: bytes) -> int | None:
    """How many customers the engine says it processed, by a file's first bytes; None when they do not say."""
    head = start[:HEAD_BYTES]
    match = _CUSTOMERS.search(head.decode(encoding_of(head)[0], "replace"))
    return int(match[1]) if match else None


class _Layout:
    """Where a parser is in a delivery file, by depth: outputList, queue, file, customer, key.

    Handles what the two readers share: the root's name, the depth, and texts, which are only collected where asked for.
    """

    def __init__(self) -> None:
        self.depth = 0
        self.parts: list[str] = []
        self.parser = expat.ParserCreate("utf-8")
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.EntityDeclHandler = _refuse_entity
        self.parser.UnparsedEntityDeclHandler = _refuse_entity
        self.parser.ExternalEntityRefHandler = _refuse_entity

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Open an element."""
        raise NotImplementedError

    def end(self, tag: str) -> None:
        """Close an element."""
        raise NotImplementedError

    def check_depth(self, tag: str) -> None:
        """Raise RecordRejected for another root, or for nesting that no delivery file has."""
        if self.depth == 1 and tag != _ROOT:
            raise _rejected(f"a root element <{tag[:100]}>")
        if self.depth > _DEEPEST:
            raise _rejected(f"elements nested deeper than {_DEEPEST} levels")

    def collect(self) -> None:
        """Keep the text from here on."""
        self.parts.clear()
        self.parser.CharacterDataHandler = self.parts.append

    def collected(self) -> str:
        """The text since `collect`."""
        self.parser.CharacterDataHandler = None
        text = "".join(self.parts)
        self.parts.clear()
        return text

    def refuse_swelling(self) -> None:
        """Raise RecordRejected where something that is kept in memory has grown beyond what a sound file has."""
        if sum(map(len, self.parts)) > _LONGEST_TEXT:
            raise _rejected(f"a text of more than {_LONGEST_TEXT} characters")


class _Counts(NamedTuple):
    """What a `file` element states behind its customers, as text."""

    pages: str | None
    size: str | None


class _OutputReader(_Layout):
    """Collects outputs; `large_counts` reads, once, the counts of files with very many customers."""

    def __init__(self, large_counts: Callable[[], dict[int, _Counts]]) -> None:
        super().__init__()
        self.outputs: list[DeliveryOutput] = []
        self.refused: list[RefusedOutput] = []
        self._large_counts = large_counts
        self._large: dict[int, _Counts] | None = None
        self._queue: tuple[str, str | None, str | None] | None = None
        self._number = 0
        self._path: str | None = None
        self._is_in_file = False
        self._customers: list[tuple[str | None, dict[str, str]]] = []
        self._count = 0
        self._keys: dict[str, str] | None = None
        self._customer: str | None = None
        self._key: str | None = None
        self._is_doubled = False
        self._append = self.parts.append
        self._pages: str | None = None
        self._size: str | None = None

    def take(self) -> DeliveryBatch:
        """What was read since the last batch."""
        batch = DeliveryBatch(tuple(self.outputs), tuple(self.refused))
        self.outputs, self.refused = [], []
        return batch

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Open an element: deepest first, since keys are the most."""
        self.depth = depth = self.depth + 1
        if depth == 5:
            if tag == "key" and self._keys is not None:
                self._key = attributes.get("name", "")
                self.parser.CharacterDataHandler = self._append
        elif depth == 4:
            if self._is_in_file:
                self._start_in_file(tag, attributes)
        elif depth == 3:
            if tag == "file" and self._queue is not None:
                self._start_file(attributes)
        elif depth == 2 and tag == "queue":
            self._queue = (attributes.get("name", ""), attributes.get("mimeType"), attributes.get("pdl"))
        else:
            self.check_depth(tag)

    def end(self, tag: str) -> None:
        """Close an element."""
        self.depth = depth = self.depth - 1
        if depth == 4:
            if self._key is not None:
                # Written out, as keys are most of a file: what `collected` does, and a look for a second value.
                self.parser.CharacterDataHandler = None
                parts, keys = self.parts, self._keys
                text = parts[0] if len(parts) == 1 else "".join(parts)
                parts.clear()
                if keys is not None and keys.setdefault(self._key, text) != text:
                    self._is_doubled = True
                self._key = None
        elif depth == 3:
            if self._is_in_file:
                self._end_in_file(tag)
        elif depth == 2:
            if self._is_in_file:
                self._end_file()
        elif depth == 1:
            self._queue = None

    @property
    def awaits_file(self) -> bool:
        """Whether a `file` element that comes now is one of a queue's."""
        return self.depth == 2 and self._queue is not None

    def add_plain(self, path: str, customers: str, pages: str | None, size: str | None) -> None:
        """Add a `file` element that is written as most are, by its parts (`plain_files`)."""
        self._start_file({"name": path})
        self._pages, self._size = pages, size
        for number, keys, is_doubled in plain_customers(customers):
            self._keys, self._customer, self._is_doubled = keys, number, is_doubled
            self._end_customer()
        self._end_file()

    def refuse_swelling(self) -> None:
        """As of the layout, and a customer with more keys than any has."""
        super().refuse_swelling()
        if self._keys is not None and len(self._keys) > _MOST_KEYS:
            raise _rejected(f"a customer with more than {_MOST_KEYS} keys")

    def _start_file(self, attributes: dict[str, str]) -> None:
        self._number += 1
        self._is_in_file, self._path = True, attributes.get("name")
        self._pages = self._size = None
        self._count = 0
        self._customers = []

    def _start_in_file(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "customer":
            self._keys, self._customer, self._is_doubled = {}, attributes.get("number"), False
        elif tag in {"pageCount", "fileSize"}:
            self.collect()

    def _end_in_file(self, tag: str) -> None:
        if tag == "customer":
            self._end_customer()
        elif tag == "pageCount":
            text = self.collected()
            self._pages = text if self._pages is None else self._pages
        elif tag == "fileSize":
            text = self.collected()
            self._size = text if self._size is None else self._size

    def _end_customer(self) -> None:
        self._count += 1
        keys, self._keys = self._keys or {}, None
        if self._is_doubled:
            self._refuse("a key that stands twice in one customer, with two values")
            return
        self._customers.append((self._customer, keys))
        if len(self._customers) >= LARGE_FILE_CUSTOMERS:
            if self._large is None:
                self._large = self._large_counts()
            self._flush(self._large.get(self._number, _Counts(None, None)))

    def _end_file(self) -> None:
        self._is_in_file = False
        if not self._count:
            self._refuse("an output without a customer")
        elif self._count < LARGE_FILE_CUSTOMERS or self._large is None:
            self._flush(_Counts(self._pages, self._size))
        else:
            self._flush(self._large.get(self._number, _Counts(self._pages, self._size)))

    def _flush(self, counts: _Counts) -> None:
        """Make outputs of the customers that were read of the present file."""
        customers, self._customers = self._customers, []
        queue, path = self._queue, self._path
        if queue is None or not path or not queue[0]:
            self._refuse("an output without a file or queue name")
            return
        try:
            pages, size = _count(counts.pages), _count(counts.size)
        except RecordRejected as error:
            self.refused.append(RefusedOutput(self._number, path, error))
            return
        name, mime_type, pdl = queue
        for stated, keys in customers:
            if stated is not None and _DIGITS.fullmatch(stated):
                number = int(stated)
                self.outputs.append(DeliveryOutput(name, mime_type, pdl, path, number, pages, size, keys))
            elif stated is None or not stated.strip():
                self._refuse("a customer without a number")
            else:
                self._refuse("a customer whose number is no whole number")

    def _refuse(self, found: str) -> None:
        self.refused.append(RefusedOutput(self._number, self._path, _rejected(found)))


class _LargeCountReader(_Layout):
    """Collects the counts of files with at least `LARGE_FILE_CUSTOMERS` customers, and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[int, _Counts] = {}
        self._is_in_queue = False
        self._number = 0
        self._customers = 0
        self._texts: dict[str, str] = {}
        self._wanted: str | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:  # noqa: ARG002 - expat calls it with both
        """Open an element."""
        self.depth = depth = self.depth + 1
        if depth == 2:
            self._is_in_queue = tag == "queue"
        elif depth == 3:
            if tag == "file" and self._is_in_queue:
                self._number, self._customers, self._texts = self._number + 1, 0, {}
        elif depth == 4:
            if tag == "customer":
                self._customers += 1
            elif tag in {"pageCount", "fileSize"} and tag not in self._texts:
                self._wanted = tag
                self.collect()
        elif depth != 5:
            self.check_depth(tag)

    def end(self, tag: str) -> None:
        """Close an element."""
        self.depth = depth = self.depth - 1
        if depth == 3 and self._wanted is not None:
            self._texts[self._wanted] = self.collected()
            self._wanted = None
        elif depth == 2 and tag == "file" and self._customers >= LARGE_FILE_CUSTOMERS:
            self.found[self._number] = _Counts(self._texts.get("pageCount"), self._texts.get("fileSize"))
            self._customers = 0


def _read_large_counts(source: BinaryIO) -> dict[int, _Counts]:
    """The counts of very large files, by number, in a reading of their own; the source's place stays."""
    place = source.tell()
    reader = _LargeCountReader()
    for _ in _parsed(source, reader):
        pass
    source.seek(place)
    return reader.found


def _parsed(source: BinaryIO, reader: _Layout) -> Iterator[None]:
    """Feed the whole file to a reader, piece by piece; yields after each piece.

    Files that are written plainly go to a reader of outputs directly, all else through the parser, in the order in
    which they stand.
    """
    feed = _Feed(reader.parser)
    kept = ""
    try:
        for text in _texts(source):
            kept = _feed_plain(kept + text, reader, feed) if isinstance(reader, _OutputReader) else feed(text)
            reader.refuse_swelling()
            yield
        feed(kept)
        reader.parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise _rejected(f"no well-formed XML: {expat.ErrorString(error.code)}") from error
    yield


def _feed_plain(text: str, reader: _OutputReader, feed: _Feed) -> str:
    """Feed a text; return its end when it may be the beginning of a plain file."""
    place = 0
    for found in plain_files(text):
        feed(text[place : found.start()])
        if reader.awaits_file and feed.is_through:
            reader.add_plain(*found.groups())
        else:
            feed(found.group())
        place = found.end()
    begun = text.rfind(FILE_START, place)
    if begun < 0 or len(text) - begun > LONGEST_PLAIN_FILE:
        begun = len(text)
    feed(text[place:begun])
    return text[begun:]


class _Feed:
    """Gives a parser text, and knows whether it stands between two tags."""

    def __init__(self, parser: expat.XMLParserType) -> None:
        self._parser = parser
        self._fed = 0

    def __call__(self, text: str) -> str:
        """Parse a text; nothing of it is left. Raises RecordRejected for a token of any length."""
        if text:
            data = text.encode("utf-8", "surrogatepass")
            self._parser.Parse(data, False)
            self._fed += len(data)
            if self._fed - self._parser.CurrentByteIndex > _LONGEST_TOKEN + _CHUNK_BYTES:
                raise _rejected(f"a tag or comment of more than {_LONGEST_TOKEN} bytes")
        return ""

    @property
    def is_through(self) -> bool:
        """Whether everything was parsed: no tag is open."""
        return self._parser.CurrentByteIndex == self._fed


def _texts(source: BinaryIO) -> Iterator[str]:
    """The file's text without mark and declaration, whatever encoding the declaration claims."""
    source.seek(0)
    data = source.read(_CHUNK_BYTES)
    encoding, skipped = encoding_of(data[:HEAD_BYTES])
    decoder = codecs.getincrementaldecoder(encoding)()
    place = 0
    is_first = True
    while True:
        try:
            text = decoder.decode(data, final=not data)
        except UnicodeDecodeError as error:
            raise _rejected(f"bytes that are not {encoding} (near byte {place + error.start})") from error
        place += len(data)
        if is_first:
            text = _DECLARATION.sub("", text[skipped:], count=1)
            is_first = False
        if text:
            yield text
        if not data:
            return
        data = source.read(_CHUNK_BYTES)


def _is_closed(source: BinaryIO) -> bool:
    """Whether the file's end is the closing tag. Raises RecordRejected when the end is no text."""
    source.seek(0)
    head = source.read(HEAD_BYTES)
    encoding, _ = encoding_of(head)
    size = source.seek(0, io.SEEK_END)
    start = max(0, size - _TAIL_BYTES)
    start -= start % 2  # UTF-16 has characters of two bytes
    source.seek(start)
    tail = source.read()
    if encoding.startswith("utf-8") and start:
        tail = tail.lstrip(bytes(range(0x80, 0xC0)))
    try:
        text = tail.decode(encoding)
    except UnicodeDecodeError as error:
        text = tail.decode(encoding, "replace")
        if encoding.startswith("utf-16") and not _CLOSING.search(text):
            return False  # half of a character: cut off
        raise _rejected(f"bytes that are not {encoding} (near byte {start + error.start})") from error
    return _CLOSING.search(text) is not None


def encoding_of(head: bytes) -> tuple[str, int]:
    """Tell the encoding by the file's first bytes, and how many characters of the text are a byte order mark.

    A mark decides; then the declaration where its claim can be true; then UTF-8. UTF-16 is believed without a mark only
    when the bytes look like it.
    """
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding, 1 if encoding.startswith("utf-16") else 0
    if head[:2] == b"<\x00":
        return "utf-16-le", 0
    if head[:2] == b"\x00<":
        return "utf-16-be", 0
    declared = _DECLARED.match(head[:200])
    if declared:
        try:
            name = codecs.lookup(declared[1].decode("ascii")).name
        except LookupError:
            return "utf-8", 0
        return (name if name in _BYTE_ENCODINGS else "utf-8"), 0
    return "utf-8", 0


def _count(text: str | None) -> int | None:
    if text is None or not text.strip():
        return None
    if not _DIGITS.fullmatch(text.strip()):
        raise _rejected("a count that is no whole number")
    return int(text)


def _refuse_entity(*_: object) -> int:
    raise _rejected("XML that declares entities or external parts")


def _rejected(found: str) -> RecordRejected:
    return RecordRejected(
        tried="to read a delivery file",
        found=found,
        expected="a complete <outputList> document",
        remedy="compare it with the file of the engine run; if the run was still writing, ingest again",
    )
