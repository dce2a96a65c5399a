"""How Trading Grid's dropped files are read again: exports by the mappings of today, X12 answers, image sets.

Here belongs the way from a quarantined record back to the file that it was refused in. The whole file is read, from a
folder or a mailbox alike: its lines lean on its header, and those that landed before do not land again. Not here: pages
of the REST service (`ingest.quarantine_readers`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from assettrail.settings import Settings
from ingest.landing_store import LandingStore
from ingest.quarantine import QuarantinedRecord
from ingest.quarantine_replay import CannotReadAgain, ReadAgain
from ingest.reading import Reading
from ingest.trading_grid.drop_source import Taken, taken_file
from ingest.trading_grid.opening import open_drops


def is_of_a_file(record: QuarantinedRecord) -> bool:
    """Whether a record was refused in a file, and not in an answer of the service."""
    return urlsplit(record.source_uri).scheme not in {"http", "https"}


def dropped_file_again(settings: Settings, store: LandingStore) -> ReadAgain:
    """The reader of dropped files; a file is read once for all of its records that come one behind the other."""
    last: dict[tuple[str, str], Reading] = {}

    def read_again(record: QuarantinedRecord, data: bytes, _: bytes | None) -> Reading:
        file = (record.raw_hash, record.source_uri)
        if file not in last:
            last.clear()
            last[file] = _read(settings, store, record, data)
        return last[file]

    return read_again


@dataclass(frozen=True)
class _OneFile:
    """The one file of a record, as a place of which it was taken."""

    record: QuarantinedRecord
    data: bytes

    def take(self, _: Callable[[bytes], str]) -> Taken:
        """The file, which is in the raw store already."""
        name = unquote(urlsplit(self.record.source_uri).path).rpartition("/")[2]
        return Taken([taken_file(name, self.record.source_uri, self.data, lambda _: self.record.raw_hash)])


def _read(settings: Settings, store: LandingStore, record: QuarantinedRecord, data: bytes) -> Reading:
    source = open_drops(settings, store, _OneFile(record, data))
    if record.stream not in source.streams():
        raise CannotReadAgain(
            tried=f"to read the quarantined record {record.record_id} of {record.label} again",
            found=f"no mapping of a file to {record.stream}",
            expected="the mapping file that it was read by, or a better one",
            remedy="name it in trading_grid.drops",
        )
    extract = source.extract(record.stream, None)
    return Reading(list(extract.rows), list(extract.quarantined), list(extract.tables))
