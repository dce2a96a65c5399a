"""The distinct asset uses of a report, each read once however often it comes.

Engines put the same few assets into every communication. Here belong the numbers that stand for uses that are written
alike, the columns that numbers become, and the JSON of their rows around the two ids that differ. What a value means is
`report_rows`; how a use is told to be plain is `plain_lines`.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, Protocol

import msgspec
import numpy as np
import pyarrow as pa
from msgspec import UNSET
from numpy.typing import NDArray

from ingest.exstream.plain_lines import PlainReference, needs_care, use
from ingest.rows import row_json
from ingest.schema import TEXT, WHOLE

MOST_REMEMBERED: Final = 50_000
IDS: Final = ("communication_id", "rendering_id")
ADDRESS_COLUMNS: Final = (
    "url",
    "delivery_state",
    "delivery_cloud",
    "delivery_resource_type",
    "delivery_type",
    "delivery_transformation",
    "delivery_version",
    "delivery_public_id",
    "delivery_format",
)
_WHOLE_COLUMNS: Final = frozenset({"ordinal", "version", "delivery_version"})
_NO_REFERENCE: Final = PlainReference(None, None, None, None)
Numbers = NDArray[np.int32]


class MeansUses(Protocol):
    """What the values of a use become when they land."""

    @property
    def domain(self) -> str:
        """The domain of the run."""
        ...

    def address(self, url: str) -> tuple[object, ...]:
        """The cleaned address and what it names, in the order of `ADDRESS_COLUMNS`."""
        ...

    def target(self, found: object) -> str | None:
        """Where a reader is led. Raises RecordRejected for what is neither text nor object."""
        ...


class DistinctUses:
    """Numbers for the uses of one report; remembers a bounded number of them."""

    def __init__(self, meaning: MeansUses) -> None:
        self._meaning = meaning
        self._numbers: dict[bytes, int] = {}
        self._columns: dict[str, _Column] = {}
        self._json: list[tuple[bytes, bytes, bytes]] = []

    def numbers(self, texts: Sequence[bytes]) -> list[int]:
        """The numbers of uses as they are written. Raises RecordRejected when one has to be read with care."""
        known = self._numbers
        try:
            return [known[text] for text in texts]
        except KeyError:
            return [known[text] if text in known else self._add(text) for text in texts]

    def columns(self, numbers: Numbers) -> dict[str, pa.Array]:
        """The columns of uses, but for the two ids."""
        return {name: column.at(numbers) for name, column in self._columns.items()}

    def rows(self, numbers: Iterable[int], communications: Iterable[bytes], renderings: Iterable[bytes]) -> list[bytes]:
        """The rows of uses in canonical JSON; the ids are given as JSON."""
        around = [self._json[number] for number in numbers]
        return [
            before + communication + between + rendering + behind
            for (before, between, behind), communication, rendering in zip(
                around, communications, renderings, strict=True
            )
        ]

    def forget_if_many(self) -> None:
        """Begin anew when too many are remembered; numbers that were given mean nothing any more."""
        if len(self._numbers) > MOST_REMEMBERED:
            self._numbers.clear()
            self._columns.clear()
            self._json.clear()

    def _add(self, text: bytes) -> int:
        values = self._values(text)
        try:
            around = _around_ids(values)
        except UnicodeEncodeError as error:
            raise needs_care() from error
        for name, value in values.items():
            self._columns.setdefault(name, _Column(name)).add(value)
        self._json.append(around)
        number = self._numbers[text] = len(self._numbers)
        return number

    def _values(self, text: bytes) -> dict[str, object]:
        """The values of a use but for its ids: its reference as it stands, or what its cleaned address names."""
        found = use(text)
        reference = found.asset_reference or _NO_REFERENCE
        url = _present(found.url)
        address = self._meaning.address(url) if url else (url, *[None] * (len(ADDRESS_COLUMNS) - 1))
        return {
            "domain": self._meaning.domain,
            "ordinal": found.ordinal,
            "placeholder": _present(found.placeholder),
            "binding": found.binding,
            "asset_id": _present(reference.asset_id),
            "version": _present(reference.version),
            "etag": _present(reference.etag),
            "public_id": _present(reference.public_id),
            **dict(zip(ADDRESS_COLUMNS, address, strict=True)),
            "target_reference": self._meaning.target(_present(found.target_reference)),
        }


class _Column:
    """The values of one column of distinct uses, by their numbers; each value is kept once."""

    def __init__(self, name: str) -> None:
        self._kind = WHOLE if name in _WHOLE_COLUMNS else TEXT
        self._codes: dict[object, int] = {}
        self._code_of = array("i")
        self._values: pa.Array | None = None

    def add(self, value: object) -> None:
        """Keep the value of the next number."""
        if value is None:
            self._code_of.append(-1)
            return
        code = self._codes.get(value)
        if code is None:
            code = self._codes[value] = len(self._codes)
            self._values = None
        self._code_of.append(code)

    def at(self, numbers: Numbers) -> pa.Array:
        """The values of uses: texts by a dictionary of those that occur, whole numbers as they are."""
        if self._values is None:
            self._values = pa.array(list(self._codes), self._kind)
        codes = np.array(self._code_of, dtype=np.int32)[numbers]
        nothing = codes < 0
        if self._kind == WHOLE:
            return self._values.take(pa.array(codes, mask=nothing))
        occurs = np.zeros(len(self._values), dtype=np.bool_)
        occurs[codes[~nothing]] = True
        new_codes = np.cumsum(occurs, dtype=np.int32) - 1
        values = self._values.filter(pa.array(occurs))
        own = new_codes[codes] if len(new_codes) else codes
        return pa.DictionaryArray.from_arrays(pa.array(own, mask=nothing), values)


def _around_ids(values: Mapping[str, object]) -> tuple[bytes, bytes, bytes]:
    """The canonical JSON of a row in three parts: before, between and behind its communication and rendering."""
    first, second = IDS
    before = _members(values, lambda name: name < first)
    between = _members(values, lambda name: first < name < second)
    behind = _members(values, lambda name: name > second)
    return (
        b"{" + b"".join(member + b"," for member in before) + msgspec.json.encode(first) + b":",
        b"".join(b"," + member for member in between) + b"," + msgspec.json.encode(second) + b":",
        b"".join(b"," + member for member in behind) + b"}",
    )


def _members(values: Mapping[str, object], is_wanted: Callable[[str], bool]) -> list[bytes]:
    wanted = {name: value for name, value in values.items() if is_wanted(name)}
    written = row_json(wanted)[1:-1]
    return [written] if written else []


def _present(value: object) -> object:
    return None if value is UNSET else value
