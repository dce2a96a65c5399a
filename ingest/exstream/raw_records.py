"""The part of a sealed file that is the record of one communication: a line of a report, a customer of a delivery file.

Here belongs finding it in the bytes as they were received, with its place, length and hash; pure but for reading the
file. What stands in it is not masked: only who may unseal it is shown it. Not here: which file it is
(`ingest.raw_places`), and opening the seal (`evidence.raw_store`).
"""

from __future__ import annotations

import codecs
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from itertools import islice
from typing import BinaryIO, Final

from assettrail.errors import RecordRejected
from ingest.exstream.delivery_text import HEAD_BYTES, encoding_of
from ingest.lines import FileBytes, LongLine, lines_of

MOST_PARTS: Final = 20
"""Parts of one file that are given: a line of our report, or one for each use in a report of another design."""

LONGEST_PART: Final = 1 << 16
"""Characters of all parts together that are given; the hash and the length of each are those of the whole part."""

_CHUNK_BYTES: Final = 1 << 18
_LONGEST_ELEMENT: Final = 2 << 20
_WORD: Final = rb"[A-Za-z0-9_-]"
_ELEMENT: Final = re.compile(
    r"<(?P<tag>queue|file)\b(?P<attributes>[^>]*)>"
    r"|<customer\b(?P<of_customer>[^>]*?)(?:/>|>(?P<content>.*?)</customer\s*>)",
    re.DOTALL,
)
_ATTRIBUTE: Final = re.compile(r"([\w:.-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_KEY: Final = re.compile(r"<key\b([^>]*)>([^<]*)</key\s*>")


@dataclass(frozen=True)
class RawPart:
    """A part of a raw object as it was received.

    `offset` and `length` count bytes of the file (decompressed, where it is gzip), `sha256` is of these bytes. `text`
    has escapes for bytes that are no text; where `is_cut`, it leaves the end out. `within` is what encloses it.
    """

    offset: int
    length: int
    sha256: str
    text: str
    is_cut: bool
    within: str = ""


@dataclass(frozen=True)
class _Found:
    offset: int
    data: bytes
    text: str
    within: str = ""


def report_parts(source: BinaryIO, communication_id: str) -> list[RawPart]:
    """Return the lines of an asset-use report that tell of a communication, at most `MOST_PARTS`.

    A line of our own report is a JSON object whose `communication_id` it is; in a report of another design it is a line
    that holds the id as a word. Raises RecordRejected for gzip that is damaged.
    """
    spelled = {communication_id, *(json.dumps(communication_id, ensure_ascii=each)[1:-1] for each in (True, False))}
    needles = [each.encode("utf-8", "surrogatepass") for each in {*spelled, *(s.replace("/", "\\/") for s in spelled)}]
    found = _within(_lines(source, communication_id, needles))
    return found or _within(_lines(source, communication_id, None))


def use_in_line(line: str, rendering_id: str, ordinal: int) -> str | None:
    """Return what a line of our report says of one use, indented; None where the line is of another design."""
    try:
        document = json.loads(line)
        renderings = [each for each in document["renderings"] if each["rendering_id"] == rendering_id]
        uses = [use for rendering in renderings for use in rendering["uses"] if use["ordinal"] == ordinal]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return json.dumps(uses[0], indent=2, ensure_ascii=True) if uses else None


def delivery_parts(source: BinaryIO, queue_name: str, customer_number: int, keys: Mapping[str, str]) -> list[RawPart]:
    """Return the customers of a delivery file with that number in that queue and with these keys, each one's element.

    At most `MOST_PARTS`. Raises RecordRejected where the file is no text in the encoding that it has.
    """
    return _within(_customers(source, queue_name, customer_number, keys))


def _lines(source: BinaryIO, communication_id: str, needles: Sequence[bytes] | None) -> Iterator[_Found]:
    """Give the lines that tell of it; without needles each line is parsed, as an id may be spelled by escapes."""
    source.seek(0)
    words = [re.compile(b"(?<!" + _WORD + b")" + re.escape(each) + b"(?!" + _WORD + b")") for each in needles or ()]
    for piece in lines_of(FileBytes(source).blocks()):
        if isinstance(piece, LongLine):
            continue
        offset, line = piece
        if needles is not None and not any(each in line for each in needles):
            continue
        try:
            document = json.loads(line)
        except (ValueError, RecursionError):
            is_of_it = any(word.search(line) for word in words)
        else:
            is_of_it = isinstance(document, dict) and str(document.get("communication_id")) == communication_id
        if is_of_it:
            record = line.rstrip(b"\r\n")
            yield _Found(offset, record, record.decode("utf-8", "backslashreplace"))


def _customers(source: BinaryIO, queue_name: str, customer_number: int, keys: Mapping[str, str]) -> Iterator[_Found]:
    queue = file = ""
    for found, place, encoding in _elements(source):
        if found["tag"] == "queue":
            queue = _attributes(found["attributes"]).get("name", "")
        elif found["tag"] == "file":
            file = found[0]
        elif queue == queue_name and _attributes(found["of_customer"]).get("number") == str(customer_number):
            told = {
                _attributes(named).get("name"): unescape(text) for named, text in _KEY.findall(found["content"] or "")
            }
            if all(told.get(name) == value for name, value in keys.items()):
                before = len(found.string[: found.start()].encode(encoding))
                yield _Found(place + before, found[0].encode(encoding), found[0], file)


def _elements(source: BinaryIO) -> Iterator[tuple[re.Match[str], int, str]]:
    """Give queues, files and customers, the place in bytes of the text that each is found in, and its encoding.

    In constant memory: an element that is longer than any sound one is passed by.
    """
    source.seek(0)
    data = source.read(_CHUNK_BYTES)
    named, _ = encoding_of(data[:HEAD_BYTES])
    place = len(codecs.BOM_UTF8) if named == "utf-8-sig" else 0
    encoding = "utf-8" if named == "utf-8-sig" else named
    decoder = codecs.getincrementaldecoder(encoding)()
    text = ""
    data = data[place:]
    while data:
        try:
            text += decoder.decode(data)
        except UnicodeDecodeError as error:
            raise _unreadable(encoding) from error
        end = 0
        for found in _ELEMENT.finditer(text):
            yield found, place, encoding
            end = found.end()
        end = max(end, len(text) - _LONGEST_ELEMENT)
        place += len(text[:end].encode(encoding))
        text = text[end:]
        data = source.read(_CHUNK_BYTES)


def _attributes(text: str) -> dict[str, str]:
    return {name: unescape(one or other) for name, one, other in _ATTRIBUTE.findall(text)}


def _within(found: Iterable[_Found]) -> list[RawPart]:
    """Make parts of what was found, the texts of all together within the bound."""
    left = LONGEST_PART
    parts = []
    for each in islice(found, MOST_PARTS):
        sha256 = hashlib.sha256(each.data).hexdigest()
        is_cut = len(each.text) > left
        parts.append(RawPart(each.offset, len(each.data), sha256, each.text[:left], is_cut, each.within))
        left = max(0, left - len(each.text))
    return parts


def _unreadable(encoding: str) -> RecordRejected:
    return RecordRejected(
        tried="to read a delivery file",
        found=f"bytes that are not {encoding}",
        expected="the file as it was landed from",
        remedy="compare it with the file of the engine run",
    )
