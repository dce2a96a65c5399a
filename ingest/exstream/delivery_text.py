"""The text of a delivery file: its encoding, its pieces, and what its beginning and its end say.

Here belongs the way from bytes to text: the encoding by byte order mark, then by the declaration, then UTF-8. Not here:
what the elements mean (`delivery_outputs`), and reading them in order (`delivery_file`).
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from assettrail.errors import RecordRejected

CHUNK_BYTES: Final = 1 << 18
HEAD_BYTES: Final = 8192
"""What of a file is enough to know its encoding, and what its root element says."""

_TAIL_BYTES: Final = 1 << 13
_BLANKS: Final = b" \t\r\n\0"
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>", re.ASCII)
_DECLARED = re.compile(rb"^\s*<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_CUSTOMERS = re.compile(r"<outputList[^>]*\bcustomersProcessed\s*=\s*[\"'](\d{1,12})[\"']", re.ASCII)
_CLOSING = re.compile(r"</outputList\s*>|<outputList(?:\s[^<>]*)?/>")
"""The end of the root, also of one without content."""
# No possessive group over both: Python 3.11.2, which Debian 12 has, does not find some of its matches.
_BEHIND = re.compile(r"\s+|<!--.*?-->|<\?[^<>]*\?>", re.DOTALL)
"""What XML allows behind the root."""
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BYTE_ENCODINGS = frozenset({"iso8859-1", "iso8859-15", "cp1252", "cp1250", "ascii", "utf-8"})


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


def customers_processed(start: bytes) -> int | None:
    """How many customers the engine says it processed, by a file's first bytes; None when they do not say."""
    head = start[:HEAD_BYTES]
    match = _CUSTOMERS.search(head.decode(encoding_of(head)[0], "replace"))
    return int(match[1]) if match else None


def has_closing_tag(source: BinaryIO) -> bool:
    """Does the file end as a finished delivery file does? RecordRejected when its encoding cannot be read."""
    source.seek(0)
    encoding, _ = encoding_of(source.read(HEAD_BYTES))
    start, tail = _tail(source)
    if encoding.startswith("utf-8") and start:
        tail = tail.lstrip(bytes(range(0x80, 0xC0)))
    # The tail may begin within a character. Whether all bytes are sound is known to `texts`, which begins at the first.
    is_closed = _is_closed(tail.decode(encoding, "replace"))
    if not is_closed and not encoding.startswith("utf-16"):
        try:
            tail.decode(encoding)
        except UnicodeDecodeError as error:
            raise rejected(f"bytes that are not {encoding} (near byte {start + error.start})") from error
    return is_closed


def _is_closed(text: str) -> bool:
    """Whether the root ends in the text, and nothing but what XML allows stands behind it."""
    for closing in _CLOSING.finditer(text):
        end = closing.end()
        while behind := _BEHIND.match(text, end):
            end = behind.end()
        if end == len(text):
            return True
    return False


def _tail(source: BinaryIO) -> tuple[int, bytes]:
    """Where the last bytes begin that are enough to know the end by, and those bytes, without blanks at the end."""
    end = source.seek(0, io.SEEK_END)
    while end:
        start = _before(end)
        source.seek(start)
        if source.read(end - start).strip(_BLANKS):
            break
        end = start
    start = _before(_before(end))  # The closing tag may begin in the bytes before those that are not blank.
    source.seek(start)
    return start, source.read(end - start)


def _before(end: int) -> int:
    start = max(0, end - _TAIL_BYTES)
    return start - start % 2  # UTF-16 has characters of two bytes


def texts(source: BinaryIO) -> Iterator[str]:
    """The file's text without mark and declaration, whatever encoding the declaration claims."""
    source.seek(0)
    data = source.read(CHUNK_BYTES)
    encoding, skipped = encoding_of(data[:HEAD_BYTES])
    decoder = codecs.getincrementaldecoder(encoding)()
    place = 0
    is_first = True
    while True:
        try:
            text = decoder.decode(data, final=not data)
        except UnicodeDecodeError as error:
            raise rejected(f"bytes that are not {encoding} (near byte {place + error.start})") from error
        place += len(data)
        if is_first:
            text = _DECLARATION.sub("", text[skipped:], count=1)
            is_first = False
        if text:
            yield text
        if not data:
            return
        data = source.read(CHUNK_BYTES)


def rejected(found: str) -> RecordRejected:
    """The refusal of a file, or of a part of it, with what was found in it."""
    return RecordRejected(
        tried="to read a delivery file",
        found=found,
        expected="a complete <outputList> document",
        remedy="compare it with the file of the engine run; if the run was still writing, ingest again",
    )
