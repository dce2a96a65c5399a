"""Which sealed raw record a row of a dossier was made from, and opening it.

Here belongs the way from a row that the person may see in a snapshot to the landed row, its raw object, and the part of
it that is the record. Nothing is opened before somebody has asked for it with a reason: that is `routes`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final, Literal

import duckdb
import pyarrow.compute as pc
import pyarrow.dataset as ds

from assettrail.errors import EvidenceBroken, RecordRejected
from assettrail.settings import Settings
from evidence.keys import load_raw_keys, load_verification_key
from evidence.log_reader import LogReader
from evidence.raw_removals import Removal, RemovedRaw
from evidence.raw_store import RawStore, is_kept
from ingest.exstream.raw_records import RawPart, delivery_parts, report_parts, use_in_line
from ingest.landing_store import LandingFolders
from ingest.ledger import Ledger
from ingest.raw_places import LandedRow, row_of_entry, rows_of_stream
from reports.dossier.rows import Communication
from reports.rows import read, read_one

What = Literal["use", "communication", "delivery"]
WORDS: Final[dict[What, str]] = {
    "use": "the asset use",
    "communication": "the communication",
    "delivery": "the delivery of the communication",
}
_DELIVERIES: Final = ("exstream", "delivery_outputs")


@dataclass(frozen=True)
class UsePlace:
    """One asset use of the communication, as the snapshot has it."""

    asset_use_key: str
    asset_use_id: str
    rendering_id: str
    ordinal: int
    placeholder_name: str | None
    log_index: int | None


@dataclass(frozen=True)
class Subject:
    """What is to be unsealed: the record of a communication, of one of its uses, or of its delivery.

    `queues` are those of its renderings. `until`: only the first so many entries of the log are known to the snapshot.
    """

    what: What
    communication: Communication
    use: UsePlace | None
    queues: tuple[str, ...]
    until: int | None

    @property
    def name(self) -> str:
        """How the log of accesses names it; no recipient is in it."""
        if self.use is not None:
            return self.use.asset_use_id
        return self.communication.communication_id + ("/delivery" if self.what == "delivery" else "")


@dataclass(frozen=True)
class SealedPlace:
    """A landed row and its sealed file: there, removed by an entry of the log, or neither: then it is lost."""

    row: LandedRow
    is_kept: bool
    removal: Removal | None = None


@dataclass(frozen=True)
class OpenedRecord:
    """A landed row and the parts of its raw object that are its record; `use_text` is what they say of the use."""

    row: LandedRow
    parts: tuple[RawPart, ...]
    use_text: str | None


def read_use(cursor: duckdb.DuckDBPyConnection, communication: Communication, key: str) -> UsePlace | None:
    """Return a use of the communication, None where it has no such one."""
    return read_one(
        cursor,
        UsePlace,
        """
        select asset_use_key, asset_use_id, rendering_id_exstream as rendering_id, ordinal, placeholder_name,
            _log_index as log_index
        from marts.fct_asset_uses
        where communication_id_exstream = ? and communication_key = ? and asset_use_key = ?
        """,
        [communication.communication_id, communication.communication_key, key],
    )


@dataclass(frozen=True)
class _Queue:
    queue_name: str


def read_queues(cursor: duckdb.DuckDBPyConnection, communication: Communication) -> tuple[str, ...]:
    """Return the queues that its renderings went through."""
    found = read(
        cursor,
        _Queue,
        "select distinct queue_name from marts.fct_renderings "
        "where communication_key = ? and queue_name is not null order by queue_name",
        [communication.communication_key],
    )
    return tuple(each.queue_name for each in found)


class SealedRecords:
    """Finds and opens records of one installation; reads files on every call, and keeps nothing."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._folders = LandingFolders(settings.home)
        self._raw = settings.home / "raw"

    def rows(self, subject: Subject) -> list[LandedRow]:
        """Return the landed rows of the subject: one, or one for each output of its delivery, none where none landed.

        Needs the public key only. Raises EvidenceBroken where landing and log do not have what the snapshot names.
        """
        log = self._log()
        if subject.what == "delivery":
            return self._deliveries(log, subject)
        letter, use = subject.communication, subject.use
        key: dict[str, object] = {"domain": letter.domain_code, "communication_id": letter.communication_id}
        log_index, stream = letter.log_index, "communications"
        if use is not None:
            key |= {"rendering_id": use.rendering_id, "ordinal": use.ordinal}
            log_index, stream = use.log_index, "asset_uses"
        if log_index is None:
            return []
        return [row_of_entry(self._folders, log, log_index, ("exstream", stream), key)]

    def places(self, rows: Sequence[LandedRow]) -> list[SealedPlace]:
        """Tell of each row whether its sealed file is there, and if not, which entry of the log tells of its removal.

        Needs the public key only. Raises EvidenceBroken where the list of an entry is not what the entry names.
        """
        there = {row.raw_hash for row in rows if is_kept(self._raw, row.raw_hash)}
        gone = self._removed() if any(row.raw_hash not in there for row in rows) else None
        return [
            SealedPlace(row, is_kept=True)
            if gone is None or row.raw_hash in there
            else SealedPlace(row, is_kept=False, removal=gone.of(row.raw_hash, row.log_index))
            for row in rows
        ]

    def opened(self, subject: Subject, row: LandedRow) -> OpenedRecord:
        """Open the raw object of a row and return the record in it.

        Raises ConfigurationError where the key is missing, EvidenceBroken where the sealed file is gone, does not open,
        or does not hold the record.
        """
        keys = load_raw_keys(self._settings.keys.folder)
        try:
            with RawStore(self._raw, keys[0], keys[1:]).open(row.raw_hash) as source:
                parts = _parts(source, subject, row)
        except RecordRejected as error:
            raise _not_in_it(subject, row, error.found) from error
        if not parts:
            raise _not_in_it(subject, row, "no part of it that tells of this record")
        use = subject.use
        told = None if use is None else use_in_line(parts[0].text, use.rendering_id, use.ordinal)
        return OpenedRecord(row, tuple(parts), told)

    def _removed(self) -> RemovedRaw:
        ledger = Ledger(self._log())
        ledger.refresh()
        return RemovedRaw(self._settings.home, ledger.removals())

    def _log(self) -> LogReader:
        return LogReader(self._settings.home / "log", load_verification_key(self._settings.keys.folder))

    def _deliveries(self, log: LogReader, subject: Subject) -> list[LandedRow]:
        """Return what the delivery files say: outputs that name the communication, else those of its recipient."""
        letter = subject.communication
        if letter.flow_instance_id is None:
            return []
        run = (ds.field("domain") == letter.domain_code) & (ds.field("flow_instance_id") == letter.flow_instance_id)
        spelled = json.dumps(letter.communication_id, ensure_ascii=False)
        named = run & pc.match_substring(ds.field("keys"), spelled)
        found = rows_of_stream(self._folders, log, _DELIVERIES, named, subject.until)
        found = [row for row in found if letter.communication_id in _keys(row).values()]
        if found or letter.recipient_pseudonym is None:
            return found
        theirs = run & (ds.field("recipient_pseudonym") == letter.recipient_pseudonym)
        theirs = theirs & ds.field("queue_name").isin(list(subject.queues))
        return rows_of_stream(self._folders, log, _DELIVERIES, theirs, subject.until)


def _parts(source: BinaryIO, subject: Subject, row: LandedRow) -> list[RawPart]:
    letter = subject.communication.communication_id
    if subject.what != "delivery":
        return report_parts(source, letter)
    naming = {name: value for name, value in _keys(row).items() if value == letter}
    return delivery_parts(source, row.values["queue_name"], row.values["customer_number"], naming)


def _keys(row: LandedRow) -> dict[str, str]:
    found = json.loads(row.values["keys"] or "{}")
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}


def _not_in_it(subject: Subject, row: LandedRow, found: str) -> EvidenceBroken:
    return EvidenceBroken(
        tried=f"to find the record of {subject.name[:300]} in the raw object {row.raw_hash}, which was opened",
        found=found,
        expected="the line or element that the landed row was made from",
        remedy="have an engineer check `assettrail log verify --all --open-raw`, and read the file at its source, "
        f"{row.source_uri[:300]}; nothing of it was shown",
    )
