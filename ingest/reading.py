"""Gathering what one extract reads: rows that are sound, and records that go to quarantine with their reason.

Here belongs the bookkeeping that the three vendors share. Not here: what a record is, and where it lands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Any, TypeAlias

from assettrail.errors import AssettrailError, RecordRejected
from ingest.extract import Quarantined, Row
from ingest.laid_aside import LandableTable
from ingest.strict import JsonObject, canonical_json, is_sound_text, refuse_unsound_text, sha256_hex

Values: TypeAlias = Mapping[str, object]
_READERS: dict[type, tuple[tuple[str, ...], Callable[[object], tuple[object, ...]]]] = {}


@dataclass
class Reading:
    """Rows, rows read as columns (`tables`) and quarantined records of one extract, in the order of reading."""

    rows: list[Row] = field(default_factory=list)
    quarantined: list[Quarantined] = field(default_factory=list)
    tables: list[LandableTable] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was read: no row, and no record that was refused."""
        return not (self.rows or self.quarantined or self.tables)

    def read_each(
        self,
        payloads: Sequence[JsonObject],
        read: Callable[[JsonObject], Iterable[Values]],
        source_uri: str,
        raw_hash: str,
        first_number: int = 0,
        body: bytes = b"\\u",
    ) -> None:
        """Read each record of one page; a record that is refused is quarantined with its number in the page.

        `body` is the page as text, where there is one: what stands nowhere in it is not looked for in each record.
        """
        is_sound = is_sound_text(body)
        for number, payload in enumerate(payloads, start=first_number):
            try:
                if not is_sound:
                    refuse_unsound_text(payload, "a record")
                self.rows += [Row(values, source_uri, raw_hash) for values in read(payload)]
            except RecordRejected as error:
                excerpt = canonical_json(payload).encode("utf-8", "surrogatepass")
                self.refuse(error, source_uri, raw_hash, number, excerpt)

    def add(self, rows: Sequence[Values], source_uri: str, raw_hash: str) -> None:
        """Keep the rows of one record."""
        self.rows.extend([Row(values, source_uri, raw_hash) for values in rows])

    def add_all(self, other: Reading) -> None:
        """Keep everything that another reading gave, behind what is here."""
        self.rows.extend(other.rows)
        self.quarantined.extend(other.quarantined)
        self.tables.extend(other.tables)

    def refuse(self, error: RecordRejected, source_uri: str, raw_hash: str, offset: int, excerpt: bytes) -> None:
        """Keep one refused record: where it lies, why, and the hash of the refused part."""
        self.refuse_part(error, source_uri, raw_hash, offset, sha256_hex(excerpt))

    def refuse_part(self, error: RecordRejected, source_uri: str, raw_hash: str, offset: int, part_hash: str) -> None:
        """Keep one refused record whose part is known by its SHA-256, as one that is too long to be held."""
        self.quarantined.append(Quarantined(source_uri, raw_hash, offset, in_one_line(error), part_hash))

    def refuse_whole(self, error: RecordRejected, source_uri: str, raw_hash: str) -> None:
        """Keep a raw object that was refused as a whole."""
        self.refuse_part(error, source_uri, raw_hash, 0, raw_hash)


def in_one_line(error: AssettrailError) -> str:
    """What was tried, found and expected, as one line for a quarantine row or a claim's detail."""
    return f"{error.tried}: found {error.found}, expected {error.expected}"


def column_values(record: Any) -> Values:
    """The fields of a frozen record as a row's columns, in order, without copying the values."""
    kind = type(record)
    reader = _READERS.get(kind)
    if reader is None:
        names = tuple(item.name for item in fields(kind))
        reader = _READERS[kind] = (names, attrgetter(*names))
    names, read = reader
    return dict(zip(names, read(record), strict=True))
