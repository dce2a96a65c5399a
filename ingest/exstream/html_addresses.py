"""The http addresses that HTML shows or leads to, read by a real parser in memory that does not grow with the text.

Here belongs the way from the bytes of a page to its addresses: what is broken in it is read as a browser would, what is
no address is let go of at once. Which addresses are ours, and what they name, is decided by who asks.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any, Final, NamedTuple, cast

from lxml import etree

from assettrail.errors import RecordRejected
from ingest.exstream.delivery_text import encoding_of

LONGEST_ADDRESS: Final = 2048
HEAD_BYTES: Final = 4096
"""What of a page is looked at for its encoding."""
_LONGEST_STYLE: Final = 1 << 20
_LISTS: Final = frozenset({"srcset", "data-srcset", "imagesrcset"})
_SHOWS: Final = frozenset({"src", "poster", "background", "data-src", "data"})
_CANDIDATE: Final = re.compile(r"[\s,]*(\S+)")
_IN_STYLE: Final = re.compile(r"url\(\s*[\"']?((?:https?:)?//[^\"'()\s<>]{1,2048})", re.IGNORECASE)
_META_CHARSET: Final = re.compile(rb"<meta\b[^>]*?\bcharset\s*=\s*[\"']?\s*([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
_CHARSETS: Final = re.compile(r"(?:ascii|iso8859|cp\d|koi8|mac-|gb|big5|shift_jis|euc_|tis-)")
_CONDITIONAL: Final = re.compile(r"\[if\b[^\]]*\]>", re.IGNORECASE)


class Address(NamedTuple):
    """An address as it is written, and whether the page shows what lies there, or only leads to it."""

    url: str
    is_shown: bool


def html_addresses(
    blocks: Iterable[bytes], is_wanted: Callable[[str], bool], most: int, most_elements: int | None = None
) -> list[Address]:
    """The addresses of a page that are wanted, each once, in order; at most so many, and one more where there are more.

    Addresses that begin with `//` are given with `https:`. The encoding is that of the byte order mark, then the
    declared one where its claim can be true, then UTF-8; bytes that it does not have become a replacement character.
    Raises RecordRejected for a page of more than `most_elements`, each of which takes time.
    """
    found = _Found(is_wanted, most + 1, most_elements)
    parser = _parser(found)
    for text in _texts(blocks):
        parser.feed(text.encode("utf-8", "replace"))
    parser.close()
    return list(found.addresses)


class _Found:
    """What a parser tells of a page: only addresses are kept, and the text of one style.

    Comments within a conditional comment are none, so that nothing is parsed without end.
    """

    def __init__(self, is_wanted: Callable[[str], bool], most: int, most_elements: int | None) -> None:
        self.addresses: dict[Address, None] = {}
        self._is_wanted = is_wanted
        self._most = most
        self._elements_left = most_elements
        self._style: list[str] | None = None
        self._style_length = 0
        self._is_in_comment = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take the addresses of an element's attributes. Raises RecordRejected for the first element too many."""
        if self._elements_left is not None:
            self._elements_left -= 1
            if self._elements_left < 0:
                raise RecordRejected("to read a page of HTML", "more elements than a page has", "a page", "look at it")
        for name, value in attributes.items():
            kind = name.rpartition(":")[2].lower()  # xlink:href
            if kind in _LISTS:
                self._add_all(_of_list(value), is_shown=True)
            elif kind in _SHOWS:
                self._add(value, is_shown=True)
            elif kind == "href":
                self._add(value, is_shown=tag in {"image", "link"})
            elif kind == "style":
                self._add_all(_of_style(value), is_shown=True)
        if tag == "style":
            self._style, self._style_length = [], 0

    def end(self, tag: str) -> None:
        """Take the addresses of a style that is closed."""
        if tag == "style" and self._style is not None:
            self._add_all(_of_style("".join(self._style)), is_shown=True)
            self._style = None

    def data(self, text: str) -> None:
        """Keep the text of a style, which comes in pieces; no more than a sound one has."""
        if self._style is not None and self._style_length < _LONGEST_STYLE:
            self._style.append(text)
            self._style_length += len(text)

    def comment(self, text: str) -> None:
        """Take the addresses of what only some readers show: conditional comments of e-mail."""
        condition = None if self._is_in_comment else _CONDITIONAL.match(text)
        if condition is not None:
            self._is_in_comment = True
            inner = _parser(self)
            inner.feed(text[condition.end() :].encode("utf-8", "replace"))
            inner.close()
            self._is_in_comment = False

    def close(self) -> None:
        """Nothing is built that could be given."""

    def _add(self, written: str, *, is_shown: bool) -> None:
        address = written.strip()
        if address.startswith("//"):
            address = f"https:{address}"
        if len(address) > LONGEST_ADDRESS or not address[:8].lower().startswith(("http://", "https://")):
            return
        if len(self.addresses) < self._most and self._is_wanted(address):
            self.addresses.setdefault(Address(address, is_shown))

    def _add_all(self, written: Iterable[str], *, is_shown: bool) -> None:
        for each in written:
            self._add(each, is_shown=is_shown)


def _parser(found: _Found) -> etree.HTMLParser:
    # Nothing is fetched: HTML has no entities of its own. Attributes of any length are images that are written inline.
    return etree.HTMLParser(target=cast("Any", found), encoding="utf-8", huge_tree=True, no_network=True)


def _texts(blocks: Iterable[bytes]) -> Iterator[str]:
    """The text of a page, piece by piece."""
    pieces = iter(blocks)
    first = next(pieces, b"")
    encoding, skipped = _encoding(first[:HEAD_BYTES])
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    yield decoder.decode(first)[skipped:]
    for piece in chain(pieces, (b"",)):
        yield decoder.decode(piece, final=not piece)


def _encoding(head: bytes) -> tuple[str, int]:
    """The encoding of a page, and how many characters of the text are a byte order mark."""
    encoding, skipped = encoding_of(head)
    declared = _META_CHARSET.search(head)
    if encoding != "utf-8" or declared is None:
        return encoding, skipped
    try:
        name = codecs.lookup(declared[1].decode("ascii")).name
    except LookupError:
        return "utf-8", 0
    # A page whose markup reads in ASCII is in no encoding of wider characters, whatever it says.
    return (name if _CHARSETS.match(name) else "utf-8"), 0


def _of_list(text: str) -> Iterator[str]:
    """The addresses of a `srcset`: each ends at white space, or at a comma before it."""
    place = 0
    while (candidate := _CANDIDATE.match(text, place)) is not None:
        address = candidate[1]
        yield address.rstrip(",")
        place = candidate.end()
        if not address.endswith(","):
            place = text.find(",", place) + 1 or len(text)


def _of_style(text: str) -> Iterator[str]:
    return (found[1] for found in _IN_STYLE.finditer(text))
