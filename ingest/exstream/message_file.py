"""The engine's message file (`ExstreamMessages.dat`): one record per message, continuation lines joined to it.

Here belongs the tolerant pattern of a line, pure. Six digits and a severity letter make a message id;
customers may change the letter, so that the number is what to group by, and the absence of a message proves
nothing. A time prefix has no zone and stays text here. Not here: masking, landing and the zone (`streams`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from assettrail.errors import RecordRejected
from ingest.lines import BLOCK_BYTES, LongLine, lines_of
from ingest.strict import sha256_hex

LONGEST_LINE = 1 << 16
_MESSAGE = re.compile(
    r"(?:(?P<at>\d{2}/\d{2}/\d{4} \d{2}:\d{2}:\d{2})\s+)?"
    r"(?P<id>EX(?P<number>\d{6})(?P<severity>[A-Z]))\s*(?:\((?P<sequence>\d{1,18})\)\s*)?(?P<text>.*)",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class EngineMessage:
    """One message; `line_number` counts from 1, `sequence` is the number in parentheses behind the id.

    `sha256` is that of its first line in lower-case hex, where a time is printed in front: it may be refused for that.

    Lines before the first message that fits the pattern are kept as messages without an id.
    """

    line_number: int
    offset: int
    message_number: str | None
    message_id: str | None
    severity: str | None
    sequence: int | None
    issued_at_raw: str | None
    text: str
    sha256: str | None = None


@dataclass(frozen=True)
class RefusedLine:
    """A line that is no text: its place in the file in bytes, its SHA-256 in lower-case hex, and why."""

    offset: int
    sha256: str
    error: RecordRejected


def read_message_file(source: BinaryIO) -> Iterator[EngineMessage | RefusedLine]:
    """Read a message file of any size line by line; lines that are not UTF-8 or over 64 KiB are refused alone."""
    current: EngineMessage | None = None
    more: list[str] = []
    for number, line in enumerate(lines_of(iter(lambda: source.read(BLOCK_BYTES), b"")), start=1):
        if isinstance(line, LongLine):
            yield RefusedLine(line.offset, line.sha256, _rejected(f"a line of {line.length} bytes"))
            continue
        offset, content = line
        text = _text(content.removesuffix(b"\n"), offset)
        if isinstance(text, RefusedLine):
            yield text
        elif text.strip():
            message = _message(text, number, offset, content)
            if message.message_id is None and current is not None:
                more.append(text.strip())
            else:
                if current is not None:
                    yield _joined(current, more)
                current, more = message, []
    if current is not None:
        yield _joined(current, more)


def _message(text: str, number: int, offset: int, line: bytes) -> EngineMessage:
    match = _MESSAGE.fullmatch(text.strip())
    if match is None:
        return EngineMessage(number, offset, None, None, None, None, None, text.strip())
    return EngineMessage(
        line_number=number,
        offset=offset,
        message_number=match["number"],
        message_id=match["id"],
        severity=match["severity"],
        sequence=int(match["sequence"]) if match["sequence"] else None,
        issued_at_raw=match["at"],
        text=match["text"],
        sha256=sha256_hex(line.removesuffix(b"\n")) if match["at"] else None,
    )


def _joined(message: EngineMessage, more: list[str]) -> EngineMessage:
    if not more:
        return message
    return replace(message, text="\n".join([message.text, *more]))


def _text(line: bytes, offset: int) -> str | RefusedLine:
    body = line.removeprefix(b"\xef\xbb\xbf").rstrip(b"\r")
    if len(body) > LONGEST_LINE:
        return RefusedLine(offset, sha256_hex(line), _rejected(f"a line of {len(body)} bytes"))
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        return RefusedLine(offset, sha256_hex(line), _rejected(f"invalid UTF-8 at byte {error.start} of the line"))
    return RefusedLine(offset, sha256_hex(line), _rejected("a NUL character")) if "\x00" in text else text


def _rejected(found: str) -> RecordRejected:
    return RecordRejected(
        tried="to read a line of an engine message file",
        found=found,
        expected="text in UTF-8",
        remedy="look at the line in the raw store",
    )
