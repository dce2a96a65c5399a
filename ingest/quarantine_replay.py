"""Reading quarantined records again, with the readers and settings of today, and landing once what is readable now.

Here belongs what stands behind `assettrail quarantine replay`: which raw objects are read again, which records count as
read, and the claim about it. No vendor is called: the bytes are those that were sealed when the record was refused. How
a raw object of a stream is read is `ingest.quarantine_readers`.

Records come again in the order of their batches, each batch's by itself: the claim is about that batch's window, and is
never complete, since what else the window held was claimed then. Of a stream that describes states a record is not
landed when a newer description of the same key has landed since: the old one would look like the newest. What an
earlier replay landed is as old as the batch whose records it read again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Final

import polars as pl
import pyarrow as pa

from assettrail.errors import ContractBroken
from evidence.leaves import ReplayLeaf, encode_leaf
from ingest.extract import KNOWN_GAP, Claim, Extract, Quarantined
from ingest.landed_files import landed_file
from ingest.landing import Gate, LandedBatch, land
from ingest.landing_store import LandingStore
from ingest.ledger import LoggedBatch
from ingest.quarantine import QuarantinedRecord, list_quarantine, refused_part
from ingest.reading import Reading
from ingest.rows import read_rows
from ingest.schema import ROW_HASH, StreamSchema, stream_schema

RECORDS_PER_LEAF = 2000
"""A record's id takes about 20 bytes, an entry of the log holds 64 KiB."""

_TOLD: Final = "replay of quarantine"
_TOLD_OF: Final = re.compile(rf"{_TOLD} (?P<load_id>[^:]+): ")


class CannotReadAgain(ContractBroken):
    """The raw object does not tell by itself what it belongs to, so that only its source can give it again."""


ReadAgain = Callable[[QuarantinedRecord, bytes, bytes | None], Reading]
"""Reads a raw object again for one of its records; the last is the refused part, where it can be told apart."""


@dataclass(frozen=True)
class Replayed:
    """What became of the open records of one quarantining batch. `landed` None: nothing of them can be read now.

    `why_not` tells why raw objects of the stream, or of some records, cannot be read again at all.
    """

    system: str
    stream: str
    quarantine: str
    readable: int
    unreadable: int
    landed: LandedBatch | None
    why_not: str | None = None


def replay(
    store: LandingStore,
    records: Sequence[QuarantinedRecord],
    read_again: Callable[[str, str], ReadAgain],
    gate: Gate,
) -> list[Replayed]:
    """Read the open ones among `records` again and land what is readable now; what is not stays as it was.

    `read_again` gives the reader of a stream. A second replay lands nothing: what was read is told in the log. Raises
    what the readers and landing raise; what landed before stays.
    """
    done: list[Replayed] = []
    wanted = {record.record_id for record in records}
    for system, stream in dict.fromkeys((record.system, record.stream) for record in records):
        with store.raw.use.scope(), store.locked(system, stream):
            # Read anew under the lock: another replay may have been faster.
            open_now = [
                record
                for record in list_quarantine(store, store.ledger)
                if record.record_id in wanted and record.state == "open" and record.label == f"{system}/{stream}"
            ]
            done += _replay_stream(store, open_now, read_again, gate)
    return done


def _replay_stream(
    store: LandingStore,
    records: Sequence[QuarantinedRecord],
    read_again: Callable[[str, str], ReadAgain],
    gate: Gate,
) -> list[Replayed]:
    """Replay the records of one stream, batch by batch; a stream that cannot be read alone costs only itself."""
    done: list[Replayed] = []
    for load_id, group in groupby(records, key=lambda record: record.load_id):
        own = list(group)
        try:
            done.append(_replay_batch(store, own, read_again(own[0].system, own[0].stream), gate))
        except CannotReadAgain as error:
            done.append(Replayed(own[0].system, own[0].stream, load_id, 0, len(own), None, _in_words(error)))
    return done


def _replay_batch(store: LandingStore, records: Sequence[QuarantinedRecord], reader: ReadAgain, gate: Gate) -> Replayed:
    first = records[0]
    schema = stream_schema(first.system, first.stream)
    readable: list[QuarantinedRecord] = []
    reading = Reading()
    why_not: str | None = None
    for own in _by_object(records):
        data = store.raw.get(own[0].raw_hash)
        checked: _Checked | None = None
        for record in own:
            part = refused_part(data, record)
            try:
                again = reader(record, data, part)
            except CannotReadAgain as error:  # It costs this record only.
                why_not = why_not or _in_words(error)
                continue
            if checked is None or again is not checked.reading:  # A file is read once for all of its records.
                checked = _checked(schema, again)
            if not checked.has(record, part):
                continue
            readable.append(record)
            if not checked.is_taken:
                reading.tables.append(checked.table)
                checked.is_taken = True
            if _is_whole(record):  # What of it is refused now was never told by itself.
                reading.quarantined += checked.still_refused
    told = Replayed(
        first.system, first.stream, first.load_id, len(readable), len(records) - len(readable), None, why_not
    )
    if not readable:
        return told
    reading = replace(reading, tables=_without_older(store, schema, reading.tables, first))
    landed = land(store, schema, _extract(store, records, len(readable), reading), gate)
    _note(store, schema, readable, landed)
    return replace(told, landed=landed)


def _by_object(records: Sequence[QuarantinedRecord]) -> list[list[QuarantinedRecord]]:
    """The records of each raw object, the objects as they were read: the last description of a key counts.

    Equal bytes at two addresses are two objects: each is read as what lies there.
    """
    objects: dict[tuple[str, str], list[QuarantinedRecord]] = {}
    for record in records:
        objects.setdefault((record.raw_hash, record.source_uri), []).append(record)
    return list(objects.values())


def _is_whole(record: QuarantinedRecord) -> bool:
    """Whether a raw object was refused as a whole."""
    return record.excerpt_hash == record.raw_hash


def _in_words(error: CannotReadAgain) -> str:
    return f"{error.found}: {error.remedy}"


@dataclass
class _Checked:
    """One reading with what of it landing would refuse, too; `is_taken` once its rows are among those that land."""

    reading: Reading
    table: pa.Table
    still_refused: tuple[Quarantined, ...]
    refused: frozenset[str]
    offsets: frozenset[int]
    refused_rows: bool
    is_taken: bool = False

    def has(self, record: QuarantinedRecord, part: bytes | None) -> bool:
        """Whether the record is among what could be read.

        One whose refused part cannot be told apart was refused as a row: it counts when no row is refused any more. An
        object that was refused as a whole counts when it is not refused as a whole again.
        """
        if not self.table.num_rows or record.excerpt_hash in self.refused:
            return False
        if _is_whole(record):
            return True
        return record.offset not in self.offsets and not (part is None and self.refused_rows)


def _checked(schema: StreamSchema, found: Reading) -> _Checked:
    read = read_rows(schema, found.rows, found.tables)
    still_refused = (*found.quarantined, *read.refused)
    return _Checked(
        reading=found,
        table=read.table,
        still_refused=still_refused,
        refused=frozenset(each.excerpt_hash for each in still_refused),
        offsets=frozenset(each.offset for each in found.quarantined),
        refused_rows=bool(read.refused),
    )


def _extract(store: LandingStore, records: Sequence[QuarantinedRecord], readable: int, reading: Reading) -> Extract:
    """The rows with a claim about the window of the batch that refused them; no cursor, so that none moves."""
    batch = store.ledger.find(records[0].load_id)
    told = f"{_TOLD} {records[0].load_id}: {readable} of {len(records)} open records can be read now"
    now = store.clock.now()
    claim = Claim(
        window_from=batch.leaf.claim.window_from if batch else None,
        window_to=batch.leaf.claim.window_to if batch else now,
        complete=False,
        how=KNOWN_GAP,
        detail=f"{told}; what else the window held is told by the claim of that batch",
    )
    return Extract([], reading.quarantined, claim, None, tables=reading.tables)


def _without_older(
    store: LandingStore, schema: StreamSchema, tables: Sequence[pa.Table], first: QuarantinedRecord
) -> list[pa.Table]:
    """The rows of a state stream without those that tell nothing newer than what has landed.

    That is a row whose key has landed in a later batch than the one that refused, and one that landed in that batch:
    files are read again as a whole.
    """
    if schema.kind != "state":
        return list(tables)
    key = list(schema.key)
    newer: set[tuple[object, ...]] = set()
    landed: set[str] = set()
    for age, path in _landed_by_age(store, schema):
        if age > first.log_index:
            newer.update(pl.read_parquet(path, columns=key, hive_partitioning=False).rows())
        elif age == first.log_index:
            landed.update(pl.read_parquet(path, columns=[ROW_HASH], hive_partitioning=False)[ROW_HASH])
    return [_keep(table, key, newer, landed) for table in tables]


def _landed_by_age(store: LandingStore, schema: StreamSchema) -> Iterator[tuple[int, Path]]:
    """Each file of the stream that counts, with the log index by which its rows are as old as they are."""
    for batch in store.ledger.of_stream(schema.system, schema.name):
        path = None if batch.standing == "rejected" else landed_file(store, batch)
        if path is not None:
            yield _age(store, batch), path


def _age(store: LandingStore, batch: LoggedBatch) -> int:
    """The batch's place in the log; of a replay that of the batch whose records it read again."""
    replayed = _TOLD_OF.match(batch.leaf.claim.detail)
    origin = store.ledger.find(replayed["load_id"]) if replayed else None
    return batch.log_index if origin is None else origin.log_index


def _keep(table: pa.Table, key: list[str], newer: set[tuple[object, ...]], landed: set[str]) -> pa.Table:
    columns = [table.column(name).to_pylist() for name in key]
    hashes = table.column(ROW_HASH).to_pylist()
    kept = [
        at
        for at, (row_hash, *values) in enumerate(zip(hashes, *columns, strict=True))
        if tuple(values) not in newer and row_hash not in landed
    ]
    return table.take(pa.array(kept, pa.int64()))


def _note(store: LandingStore, schema: StreamSchema, records: Sequence[QuarantinedRecord], landed: LandedBatch) -> None:
    """Tell in the log which records need nobody any more; after the rows, so that a kill repeats and loses nothing."""
    ids = [record.record_id for record in records]
    leaves = [
        ReplayLeaf(
            schema.system, schema.name, tuple(ids[at : at + RECORDS_PER_LEAF]), landed.load_id, store.clock.now()
        )
        for at in range(0, len(ids), RECORDS_PER_LEAF)
    ]
    store.log.append([encode_leaf(leaf) for leaf in leaves])
    store.ledger.refresh()
