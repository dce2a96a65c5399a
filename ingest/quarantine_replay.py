"""Reading quarantined records again, with the readers and settings of today, and landing once what is readable now.

Here belongs what stands behind `assettrail quarantine replay`: which raw objects are read again, which records count as
read, and the claim about it. No vendor is called: the bytes are those that were sealed when the record was refused. How
a raw object of a stream is read is `ingest.quarantine_readers`.

Records come again in the order of their batches, each batch's by itself: the claim is about that batch's window, and is
never complete, since what else the window held was claimed then. Of a stream that describes states a record is not
landed when a newer description of the same key has landed since: the old one would look like the newest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import polars as pl
import pyarrow as pa

from assettrail.errors import ContractBroken
from evidence.leaves import ReplayLeaf, encode_leaf
from ingest.extract import Claim, Extract, Row
from ingest.landing import Gate, LandedBatch, LandingStore, land, landed_file
from ingest.quarantine import QuarantinedRecord, list_quarantine, refused_part
from ingest.reading import Reading
from ingest.rows import read_rows
from ingest.schema import StreamSchema, stream_schema

RECORDS_PER_LEAF = 2000
"""A record's id takes about 20 bytes, an entry of the log holds 64 KiB."""


class CannotReadAgain(ContractBroken):
    """The raw object does not tell by itself what it belongs to, so that only its source can give it again."""


ReadAgain = Callable[[QuarantinedRecord, bytes, bytes | None], Reading]
"""Reads a raw object again for one of its records; the last is the refused part, where it can be told apart."""


@dataclass(frozen=True)
class Replayed:
    """What became of the open records of one quarantining batch. `landed` None: nothing of them can be read now.

    `why_not` tells why the stream's raw objects cannot be read again at all.
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
    for (system, stream), _ in groupby(records, key=lambda record: (record.system, record.stream)):
        with store.locked(system, stream):
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
            why_not = f"{error.found}: {error.remedy}"
            done.append(Replayed(own[0].system, own[0].stream, load_id, 0, len(own), None, why_not))
    return done


def _replay_batch(store: LandingStore, records: Sequence[QuarantinedRecord], reader: ReadAgain, gate: Gate) -> Replayed:
    first = records[0]
    schema = stream_schema(first.system, first.stream)
    readable: list[QuarantinedRecord] = []
    reading = Reading()
    for raw_hash, own in groupby(sorted(records, key=lambda record: record.raw_hash), lambda record: record.raw_hash):
        data = store.raw.get(raw_hash)
        checked: _Checked | None = None
        for record in own:
            part = refused_part(data, record)
            again = reader(record, data, part)
            if checked is None or again is not checked.reading:  # A file is read once for all of its records.
                checked = _checked(schema, again)
            if not checked.has(record, part):
                continue
            readable.append(record)
            if not checked.is_taken:
                reading.rows += checked.rows
                reading.tables += again.tables
                checked.is_taken = True
    told = Replayed(first.system, first.stream, first.load_id, len(readable), len(records) - len(readable), None)
    if not readable:
        return told
    reading = _without_older(store, schema, reading, first.log_index)
    landed = land(store, schema, _extract(store, records, len(readable), reading), gate)
    _note(store, schema, readable, landed)
    return replace(told, landed=landed)


@dataclass
class _Checked:
    """One reading with what of it landing would refuse, too; `is_taken` once its rows are among those that land."""

    reading: Reading
    rows: list[Row]
    has_rows: bool
    refused: frozenset[str]
    offsets: frozenset[int]
    refused_rows: bool
    is_taken: bool = False

    def has(self, record: QuarantinedRecord, part: bytes | None) -> bool:
        """Whether the record is among what could be read.

        One whose refused part cannot be told apart was refused as a row: it counts when no row is refused any more.
        """
        is_refused = record.excerpt_hash in self.refused or record.offset in self.offsets
        return self.has_rows and not is_refused and not (part is None and self.refused_rows)


def _checked(schema: StreamSchema, found: Reading) -> _Checked:
    refused = read_rows(schema, found.rows).refused
    wrong = {each.offset for each in refused}
    rows = [row for number, row in enumerate(found.rows) if number not in wrong]
    return _Checked(
        reading=found,
        rows=rows,
        has_rows=bool(rows or found.tables),
        refused=frozenset(each.excerpt_hash for each in [*found.quarantined, *refused]),
        offsets=frozenset(each.offset for each in found.quarantined),
        refused_rows=bool(refused),
    )


def _extract(store: LandingStore, records: Sequence[QuarantinedRecord], readable: int, reading: Reading) -> Extract:
    """The rows with a claim about the window of the batch that refused them; no cursor, so that none moves."""
    batch = store.ledger.find(records[0].load_id)
    told = f"replay of quarantine {records[0].load_id}: {readable} of {len(records)} open records can be read now"
    now = store.clock.now()
    claim = Claim(
        window_from=batch.leaf.claim.window_from if batch else None,
        window_to=batch.leaf.claim.window_to if batch else now,
        complete=False,
        how="unknown",
        detail=f"{told}; what else the window held is told by the claim of that batch",
    )
    return Extract(reading.rows, [], claim, None, tables=reading.tables)


def _without_older(store: LandingStore, schema: StreamSchema, reading: Reading, log_index: int) -> Reading:
    """The rows of a state stream without those whose key has landed in a later batch than the one that refused."""
    if schema.kind != "state":
        return reading
    key = list(schema.key)
    newer = _keys_after(store, schema, log_index)
    tables = [_keep(table, key, newer) for table in reading.tables]
    rows = [row for row in reading.rows if _key_of(row, key) not in newer]
    return Reading(rows=rows, tables=tables)


def _keys_after(store: LandingStore, schema: StreamSchema, log_index: int) -> set[tuple[object, ...]]:
    keys: set[tuple[object, ...]] = set()
    for batch in store.ledger.of_stream(schema.system, schema.name):
        if batch.log_index <= log_index or batch.standing == "rejected":
            continue
        path = landed_file(store, batch)
        if path is not None:
            keys.update(pl.read_parquet(path, columns=list(schema.key), hive_partitioning=False).rows())
    return keys


def _key_of(row: Row, key: Iterable[str]) -> tuple[object, ...]:
    return tuple(row.values.get(name) for name in key)


def _keep(table: pa.Table, key: list[str], newer: set[tuple[object, ...]]) -> pa.Table:
    columns = [table.column(name).to_pylist() for name in key]
    kept = [at for at, values in enumerate(zip(*columns, strict=True)) if values not in newer]
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
