"""The outputs that a delivery file tells of, and the handlers that collect them element by element.

Here belong what an output is, and the two readers of elements: one collects outputs in memory that does not grow with
the file, one the counts of files with very many customers. The schema is not public: what is read follows the one
sample that was seen, and everything else is ignored. Not here: feeding them (`delivery_file`), and who the customer is
(`streams`), since `customer number` is only an ordinal in the run.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple
from xml.parsers import expat

import msgspec

from assettrail.errors import RecordRejected
from ingest.exstream.delivery_text import rejected
from ingest.exstream.plain_outputs import plain_customers
from ingest.form import in_form

LARGE_FILE_CUSTOMERS: Final = 20_000
"""From this many customers on, an output's page count and size, which stand behind them, are read beforehand."""

_ROOT: Final = "outputList"
_LONGEST_TEXT: Final = 1 << 16
_LONGEST_NAME: Final = 4096
"""Of a path or a queue, which stands with every customer's output."""
_MOST_KEYS: Final = 1000
_DEEPEST: Final = 64
_MOST_DIGITS: Final = 18


class DeliveryOutput(msgspec.Struct, frozen=True, gc=False):
    """One output file for one customer of the run. Counts are None where the file does not state them.

    A struct that Python never looks at for cycles, as it has none: there are millions of them.
    """

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


class Layout(ABC):
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
        self.parser.AttlistDeclHandler = _refuse_entity  # A value of its own for each element that states none.
        self.parser.UnparsedEntityDeclHandler = _refuse_entity
        self.parser.ExternalEntityRefHandler = _refuse_entity

    @abstractmethod
    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Open an element."""

    @abstractmethod
    def end(self, tag: str) -> None:
        """Close an element."""

    def check_depth(self, tag: str) -> None:
        """Raise RecordRejected for another root, or for nesting that no delivery file has."""
        if self.depth == 1 and tag != _ROOT:
            raise rejected(f"another root element: {in_form(tag)}")
        if self.depth > _DEEPEST:
            raise rejected(f"elements nested deeper than {_DEEPEST} levels")

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
            raise rejected(f"a text of more than {_LONGEST_TEXT} characters")


class Counts(NamedTuple):
    """What a `file` element states behind its customers, as text."""

    pages: str | None
    size: str | None


class OutputReader(Layout):
    """Collects outputs; `large_counts` reads, once, the counts of files with very many customers."""

    def __init__(self, large_counts: Callable[[], dict[int, Counts]]) -> None:
        super().__init__()
        self.outputs: list[DeliveryOutput] = []
        self.refused: list[RefusedOutput] = []
        self._large_counts = large_counts
        self._large: dict[int, Counts] | None = None
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
                self._start_file(attributes.get("name"))
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
        self._start_file(path)
        self._pages, self._size = pages, size
        for number, keys, is_doubled in plain_customers(customers):
            self._add_customer(number, keys, is_doubled=is_doubled)
        self._end_file()

    def refuse_swelling(self) -> None:
        """As of the layout, and a customer with more keys than any has."""
        super().refuse_swelling()
        if self._keys is not None and len(self._keys) > _MOST_KEYS:
            raise rejected(f"a customer with more than {_MOST_KEYS} keys")

    def _start_file(self, path: str | None) -> None:
        self._number += 1
        self._is_in_file, self._path = True, path
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
            self._add_customer(self._customer, self._keys or {}, is_doubled=self._is_doubled)
            self._keys = None
        elif tag == "pageCount":
            text = self.collected()
            self._pages = text if self._pages is None else self._pages
        elif tag == "fileSize":
            text = self.collected()
            self._size = text if self._size is None else self._size

    def _add_customer(self, number: str | None, keys: dict[str, str], *, is_doubled: bool) -> None:
        self._count += 1
        if is_doubled:
            self._refuse("a key that stands twice in one customer, with two values")
            return
        self._customers.append((number, keys))
        if len(self._customers) >= LARGE_FILE_CUSTOMERS:
            if self._large is None:
                self._large = self._large_counts()
            self._flush(self._large.get(self._number, Counts(None, None)))

    def _end_file(self) -> None:
        self._is_in_file = False
        if not self._count:
            self._refuse("an output without a customer")
        elif self._count < LARGE_FILE_CUSTOMERS or self._large is None:
            self._flush(Counts(self._pages, self._size))
        else:
            self._flush(self._large.get(self._number, Counts(self._pages, self._size)))

    def _flush(self, counts: Counts) -> None:
        """Make outputs of the customers that were read of the present file."""
        customers, self._customers = self._customers, []
        queue, path = self._queue, self._path
        if queue is None or not path or not queue[0]:
            self._refuse("an output without a file or queue name")
            return
        if max(len(path), *(len(told or "") for told in queue)) > _LONGEST_NAME:
            self._path = path[:_LONGEST_NAME]
            self._refuse(f"a file, queue or type whose name has more than {_LONGEST_NAME} characters")
            return
        try:
            pages, size = _count(counts.pages), _count(counts.size)
        except RecordRejected as error:
            self.refused.append(RefusedOutput(self._number, path, error))
            return
        name, mime_type, pdl = queue
        for stated, keys in customers:
            if stated is not None and _is_whole(stated):
                number = int(stated)
                self.outputs.append(DeliveryOutput(name, mime_type, pdl, path, number, pages, size, keys))
            elif stated is None or not stated.strip():
                self._refuse("a customer without a number")
            else:
                self._refuse("a customer whose number is no whole number")

    def _refuse(self, found: str) -> None:
        self.refused.append(RefusedOutput(self._number, self._path, rejected(found)))


class LargeCountReader(Layout):
    """Collects the counts of files with at least `LARGE_FILE_CUSTOMERS` customers, and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[int, Counts] = {}
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
            self.found[self._number] = Counts(self._texts.get("pageCount"), self._texts.get("fileSize"))
            self._customers = 0


def _count(text: str | None) -> int | None:
    if text is None or not text.strip():
        return None
    if not _is_whole(text.strip()):
        raise rejected("a count that is no whole number")
    return int(text)


def _is_whole(text: str) -> bool:
    """Whether a text is a whole number of at most 18 digits; this form takes half the time of a pattern."""
    return text.isdecimal() and text.isascii() and len(text) <= _MOST_DIGITS


def _refuse_entity(*_: object) -> int:
    raise rejected("XML that declares entities, attributes or external parts")
