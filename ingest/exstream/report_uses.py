"""The distinct asset uses of a report, each read once however often it comes.

Engines put the same few assets into every communication. Here belong the numbers that stand for uses that are written
alike, the columns that numbers become, and the JSON of their rows around the two ids that differ. What a value means is
`report_rows`; how a use is told to be plain is `plain_lines`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import count
from typing import Final, Protocol

import pyarrow as pa
import pyarrow.compute as pc
from msgspec import UNSET

from ingest.exstream.coded_column import CodedColumn, Numbers
from ingest.exstream.plain_lines import PlainReference, PlainUse, needs_care, uses
from ingest.rows import rows_json
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
    "delivery_readings",
)
NO_ADDRESS: Final = (None,) * (len(ADDRESS_COLUMNS) - 1)
USE_COLUMNS: Final = (
    *("domain", "ordinal", "placeholder", "binding", "asset_id", "version", "etag", "public_id"),
    *ADDRESS_COLUMNS,
    "target_reference",
)
"""The columns of a use but for the two ids."""
WHOLE_COLUMNS: Final = frozenset({"ordinal", "version", "delivery_version"})
_NO_REFERENCE: Final = PlainReference(None, None, None, None)


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
        self._address = lru_cache(maxsize=MOST_REMEMBERED)(meaning.address)
        self._no_target = meaning.target(None)
        self._begin()

    def _begin(self) -> None:
        self._numbers: dict[bytes, int] = {}
        self._new: list[tuple[object, ...]] = []
        self._new_json: list[tuple[bytes, bytes, bytes]] = []
        self._json = [pa.array([], pa.binary())] * 3
        self._columns = {name: CodedColumn(WHOLE if name in WHOLE_COLUMNS else TEXT) for name in USE_COLUMNS}

    def numbers(self, texts: Sequence[bytes]) -> list[int]:
        """The numbers of uses as they are written. Raises RecordRejected when one has to be read with care."""
        known = self._numbers
        try:
            return [known[text] for text in texts]
        except KeyError:
            self._add([text for text in dict.fromkeys(texts) if text not in known])
            return [known[text] for text in texts]

    def columns(self, numbers: Numbers) -> dict[str, pa.Array]:
        """The columns of uses, but for the two ids."""
        if self._new:
            for column, values in zip(self._columns.values(), zip(*self._new, strict=True), strict=True):
                column.add(values)
            self._new.clear()
        return {name: column.at(numbers) for name, column in self._columns.items()}

    def rows(self, numbers: Numbers, communications: pa.BinaryArray, renderings: pa.BinaryArray) -> pa.BinaryArray:
        """The rows of uses in canonical JSON; the ids are given as JSON."""
        if self._new_json:
            new = [pa.array(parts, pa.binary()) for parts in zip(*self._new_json, strict=True)]
            self._json = [pa.concat_arrays(both) for both in zip(self._json, new, strict=True)]
            self._new_json.clear()
        at = pa.array(numbers)
        before, between, behind = (parts.take(at) for parts in self._json)
        return pc.binary_join_element_wise(before, communications, between, renderings, behind, b"")

    def forget_if_many(self) -> None:
        """Begin anew when too many are remembered; numbers that were given mean nothing any more."""
        if len(self._numbers) > MOST_REMEMBERED:
            self._begin()

    def _add(self, texts: Sequence[bytes]) -> None:
        values = [self._values(found) for found in uses(texts)]
        try:
            around = _around_ids(values)
        except UnicodeEncodeError as error:
            raise needs_care() from error
        self._new += values
        self._new_json += around
        self._numbers.update(zip(texts, count(len(self._numbers))))

    def _values(self, found: PlainUse) -> tuple[object, ...]:
        """The values of a use in the order of `USE_COLUMNS`: its reference as it stands, or what its address names."""
        reference = found.asset_reference or _NO_REFERENCE
        url, target = _present(found.url), _present(found.target_reference)
        return (
            self._meaning.domain,
            found.ordinal,
            _present(found.placeholder),
            found.binding,
            _present(reference.asset_id),
            _present(reference.version),
            _present(reference.etag),
            _present(reference.public_id),
            *(self._address(url) if url else (url, *NO_ADDRESS)),
            self._no_target if target is None else self._meaning.target(target),
        )


def _around_ids(uses_values: Sequence[tuple[object, ...]]) -> list[tuple[bytes, bytes, bytes]]:
    """The canonical JSON of rows, each in three parts: before, between and behind the texts of the two ids.

    No other text can look like their keys, as a quotation mark within a text is written with a backslash before it.
    """
    columns = dict(zip(USE_COLUMNS, zip(*uses_values, strict=True), strict=True))
    return [_parted(row) for row in rows_json({**columns, **dict.fromkeys(IDS, [""] * len(uses_values))})]


def _parted(row: bytes) -> tuple[bytes, bytes, bytes]:
    before, communication, rest = row.partition(b'"communication_id":""')
    between, rendering, behind = rest.partition(b'"rendering_id":""')
    return before + communication[:-2], between + rendering[:-2], behind


def _present(value: object) -> object:
    return None if value is UNSET else value
