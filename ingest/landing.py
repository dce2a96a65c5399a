"""Landing: the one place that writes Parquet, claim, cursor and leaf of a batch.

Here belongs the order that makes a kill harmless: quarantine and Parquet durable first, then the gate, then
the leaf. The leaf is the commit: a file without a leaf is never read and is set aside before the next batch of
its stream, never removed: the log could be the one that lost something. Which rows are readable and new is
decided by the pure functions of `ingest.rows`; what the log says is `ingest.ledger`; the rules of the gate are
`quality`.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from io import BufferedRandom
from pathlib import Path
from threading import get_ident
from typing import BinaryIO, Final, Literal

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from assettrail.clock import Clock
from assettrail.errors import ContractBroken, EvidenceBroken, TransientSourceError
from assettrail.settings import Settings
from evidence.durable import TEMPORARY_PREFIX, make_home, move_durably, write_durably, write_through
from evidence.file_lock import file_lock
from evidence.keys import KeyRing, load_keys, remember_keys
from evidence.leaves import BatchClaim, BatchLeaf, FailedExpectation, Outcome, encode_leaf
from evidence.log import Log
from evidence.raw_store import RawStore
from evidence.refusing_disk import disk_told
from evidence.rotation import record_rotations
from evidence.witness import known_checkpoints, refuse_older_log, witness_file
from ingest.extract import Claim, Extract, Quarantined
from ingest.landed_hashes import BatchHashes, LandedHashes
from ingest.ledger import Ledger, LoggedBatch
from ingest.rows import Positions, ReadableRows, constant, key_text, new_events, new_states, plain, read_rows, row_root
from ingest.schema import LOAD_COLUMNS, ROW_HASH, STREAMS, TEXT, StreamSchema

CLAIM_KINDS: Final = frozenset({"end_marker", "equal_counts", "manifest", "unknown"})
LOCK_WAIT_SECONDS: Final = 60.0
LONGEST_KEY_IN_CLAIM: Final = 500
ROWS_PER_GROUP: Final = 1 << 17
LONGEST_DETAIL_OF_CLAIM: Final = 4000

QUARANTINE_SCHEMA: Final = pa.schema(
    [
        pa.field("_load_id", TEXT, nullable=False),
        pa.field("_loaded_at", LOAD_COLUMNS["_loaded_at"], nullable=False),
        pa.field("source_uri", TEXT, nullable=False),
        pa.field("raw_hash", TEXT, nullable=False),
        pa.field("offset", pa.int64(), nullable=False),
        pa.field("reason", TEXT, nullable=False),
        pa.field("excerpt_hash", TEXT, nullable=False),
    ]
)
"""The shape of a quarantine file: one row per record that could not be read."""

_QUARANTINE_IDENTITY: Final = ("raw_hash", "reason", "excerpt_hash")


@dataclass(frozen=True)
class GateOutcome:
    """What the landing gate says of one batch: how many expectations ran, and which did not hold."""

    outcome: Outcome
    evaluated: int
    failed: tuple[FailedExpectation, ...] = ()


Gate = Callable[[StreamSchema, Path], GateOutcome]
"""Judges one landed Parquet file of a stream; reads only."""


@dataclass(frozen=True)
class LandedBatch:
    """One batch as it stands in the log; `rows` counts what was new, the claim's `rows` what the source gave.

    `unreadable` counts the records that could not be read, `quarantined` those of them that are newly in
    quarantine. Zero new rows have no `path` and no `row_root`.
    """

    log_index: int
    system: str
    stream: str
    load_id: str | None
    path: Path | None
    rows: int
    row_root: str | None
    quarantined: int
    unreadable: int
    claim: BatchClaim
    outcome: Outcome
    failed: tuple[FailedExpectation, ...]


class LandingFolders:
    """Where the files of one installation's landing lie under `home`."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.folder = home / "landing"

    def stream_folder(self, system: str, stream: str) -> Path:
        """The folder of a stream's landed Parquet."""
        return self.folder / system / stream

    def landed_path(self, system: str, stream: str, load_id: str) -> Path:
        """The Parquet file of a batch: `landing/<system>/<stream>/date=YYYY-MM-DD/<load_id>.parquet`."""
        day = f"date={load_id[:4]}-{load_id[4:6]}-{load_id[6:8]}"
        return self.stream_folder(system, stream) / day / f"{load_id}.parquet"

    def quarantine_folder(self, system: str, stream: str) -> Path:
        """The folder of a stream's quarantined records."""
        return self.home / "quarantine" / system / stream

    def quarantine_path(self, system: str, stream: str, load_id: str) -> Path:
        """The Parquet file of a batch's quarantined records."""
        return self.quarantine_folder(system, stream) / f"{load_id}.parquet"

    def orphan_folder(self, kind: Literal["landing", "quarantine"], system: str, stream: str) -> Path:
        """The folder of files that no leaf knows: kept for a person to look at, read by nobody."""
        return self.home / "quarantine" / "orphans" / kind / system / stream


class LandingStore(LandingFolders):
    """The landing of one installation: folders under `home`, the log, the raw store and the clock.

    Open it with `LandingStore.open`. Not shared between processes; two processes each open their own.
    """

    def __init__(self, home: Path, log: Log, raw: RawStore, clock: Clock, lock_wait_seconds: float) -> None:
        super().__init__(home)
        self.log = log
        self.raw = raw
        self.clock = clock
        self.ledger = Ledger(log)
        self._lock_wait_seconds = lock_wait_seconds
        self._held: set[tuple[int, str, str]] = set()

    @classmethod
    def open(cls, settings: Settings, clock: Clock, lock_wait_seconds: float = LOCK_WAIT_SECONDS) -> "LandingStore":
        """Open the landing that the settings name, and set aside what a killed run left behind.

        Every lock of this store, the log's among them, is waited for at most `lock_wait_seconds`. Raises
        ConfigurationError when a key is missing or not this home's or the disk refuses, EvidenceBroken when the log
        does not hold, is older than what is remembered of it, or does not belong to the landing.
        """
        keys = load_keys(settings.keys.folder)
        with disk_told("to open the landing", settings.home):
            return cls._opened(settings, keys, clock, lock_wait_seconds)

    @classmethod
    def _opened(cls, settings: Settings, keys: KeyRing, clock: Clock, lock_wait_seconds: float) -> "LandingStore":
        make_home(settings.home)
        rotations = remember_keys(settings.home, keys)
        known = known_checkpoints(settings.home, keys.signing_key.verification_key)
        log = Log.open(
            settings.home / "log",
            settings.evidence.log_origin,
            keys.signing_key,
            lock_wait_seconds,
            witness=witness_file(settings.home),
        )
        refuse_older_log(log, known)
        if rotations:
            record_rotations(settings.home, keys, rotations, log, clock.now())
        raw = RawStore(settings.home / "raw", keys.raw_key, keys.older_raw_keys)
        store = cls(settings.home, log, raw, clock, lock_wait_seconds)
        store.ledger.refresh()
        sweep_orphans(store)
        return store

    def cursor(self, system: str, stream: str) -> Mapping[str, object] | None:
        """The cursor from which the stream goes on, as the log has it now; None: from the beginning."""
        self.ledger.refresh()
        return self.ledger.cursor(system, stream)

    def put_raw(self, data: bytes) -> str:
        """Keep bytes as received, sealed, and return their SHA-256 in lower-case hex.

        Raises ConfigurationError with the free bytes when the disk refuses.
        """
        with disk_told("to keep raw bytes", self.home):
            return self.raw.put(data)

    def put_raw_file(self, path: Path) -> str:
        """Keep the bytes of a file as they lie there, sealed, in constant memory; return their SHA-256.

        Raises ConfigurationError with the free bytes when the disk refuses, OSError when the file cannot be read.
        """
        with disk_told("to keep raw bytes", self.home):
            return self.raw.put_file(path)

    def put_raw_open(self, source: BinaryIO, called: str) -> str:
        """Keep the bytes of an open file, sealed, in constant memory; return their SHA-256.

        `called` is what messages call it. Raises ConfigurationError with the free bytes when the disk refuses.
        """
        with disk_told("to keep raw bytes", self.home):
            return self.raw.put_open(source, called)

    @property
    def spill(self) -> Path:
        """The folder of what is laid aside while a run goes on, and is nothing when it has ended."""
        return self.home / "spill"

    @contextmanager
    def locked(self, system: str, stream: str, wait_seconds: float | None = None) -> Iterator[None]:
        """Hold a stream alone, among processes and threads; re-entrant within one thread of this store.

        Raises TransientSourceError that names the holder when the stream does not get free in time.
        """
        owner = (get_ident(), system, stream)
        if owner in self._held:
            yield
            return
        wait = self._lock_wait_seconds if wait_seconds is None else wait_seconds
        with file_lock(self.folder / ".locks" / f"{system}.{stream}", f"the landing of {system}/{stream}", wait):
            self._held.add(owner)
            try:
                yield
            finally:
                self._held.discard(owner)


def land(store: LandingStore, schema: StreamSchema, extract: Extract, gate: Gate) -> LandedBatch:
    """Land one extract of one stream: the readable, new rows as Parquet, and the claim as a leaf, always.

    Rows that break the stream's types go to quarantine and the rest lands. With no new row there is a leaf
    and no Parquet. The claim is complete only if the source says so and no record of the window is
    unreadable. The outcome is the gate's; a held batch is landed and logged, and waits for a person.

    Raises ContractBroken when the extract itself is malformed (nothing is landed), ConfigurationError when
    the disk refuses, with the free bytes (nothing is logged; the rest is set aside next time), EvidenceBroken
    when an earlier batch's file is gone.
    """
    _check_claim(schema, extract.claim)
    with disk_told(f"to land a batch of {schema.label}", store.home), store.locked(schema.system, schema.name):
        store.ledger.refresh()
        _sweep_stream(store, schema.system, schema.name)
        loaded_at = store.clock.now()
        readable = read_rows(schema, extract.rows, extract.tables)
        new = readable.take(_new_positions(store, schema, readable))
        root = new.root if new.table.num_rows else None
        unreadable = [*extract.quarantined, *readable.refused]
        refused = _newly_quarantined(store, schema, unreadable)
        load_id = _load_id(store, loaded_at, root, refused)
        quarantine_sha256 = _write_quarantine(store, schema, refused, load_id, loaded_at)
        path, parquet_sha256 = _write_rows(store, schema, new, load_id, loaded_at)
        judged = gate(schema, path) if path else GateOutcome("accepted", 0)
        leaf = BatchLeaf(
            system=schema.system,
            stream=schema.name,
            load_id=load_id,
            rows=new.table.num_rows,
            row_root=root,
            parquet_sha256=parquet_sha256,
            quarantined=len(refused),
            quarantine_sha256=quarantine_sha256,
            claim=_claim(schema, extract, readable, _gaps(store, schema, extract, len(unreadable), len(refused))),
            cursor=extract.cursor,
            outcome=judged.outcome,
            evaluated=judged.evaluated,
            failed=judged.failed,
            logged_at=store.clock.now(),
        )
        (log_index,) = store.log.append([encode_leaf(leaf)])
        store.ledger.refresh()
    return _landed(log_index, leaf, path, len(unreadable))


def sweep_orphans(store: LandingStore) -> list[Path]:
    """Set aside what killed runs left in every stream that nobody is landing now; return where it lies now.

    Raises EvidenceBroken when more is unlogged than one kill can leave: then the log is not this landing's,
    and nothing is moved.
    """
    swept: list[Path] = []
    for system, stream in STREAMS:
        if not _has_files(store, system, stream):
            continue
        try:
            with store.locked(system, stream, wait_seconds=0.0):
                store.ledger.refresh()
                swept += _sweep_stream(store, system, stream)
        except TransientSourceError:
            continue  # A run is landing this stream; it sweeps by itself.
    return swept


def landed_file(store: LandingStore, batch: LoggedBatch) -> Path | None:
    """The Parquet file of a logged batch, or None when it landed no row. Raises EvidenceBroken when it is gone."""
    leaf = batch.leaf
    if leaf.load_id is None or leaf.rows == 0:
        return None
    path = store.landed_path(leaf.system, leaf.stream, leaf.load_id)
    if not path.is_file():
        raise EvidenceBroken(
            tried=f"to read batch {leaf.load_id} of {leaf.system}/{leaf.stream}, entry {batch.log_index} of the log",
            found=f"no file {path}",
            expected=f"the Parquet file with {leaf.rows} rows that the log promises",
            remedy="restore the file from a copy; its SHA-256 is in the entry",
        )
    return path


def _landed(log_index: int, leaf: BatchLeaf, path: Path | None, unreadable: int) -> LandedBatch:
    return LandedBatch(
        log_index=log_index,
        system=leaf.system,
        stream=leaf.stream,
        load_id=leaf.load_id,
        path=path,
        rows=leaf.rows,
        row_root=leaf.row_root,
        quarantined=leaf.quarantined,
        unreadable=unreadable,
        claim=leaf.claim,
        outcome=leaf.outcome,
        failed=leaf.failed,
    )


def _check_claim(schema: StreamSchema, claim: Claim) -> None:
    """Refuse a claim that states what cannot be."""
    mistakes = []
    if claim.how not in CLAIM_KINDS:
        mistakes.append(f"how={claim.how!r}")
    if claim.complete and claim.how == "unknown":
        mistakes.append("complete, and not known how")
    instants = [instant for instant in (claim.window_from, claim.window_to) if instant is not None]
    if any(instant.tzinfo is None for instant in instants):
        mistakes.append("an instant without time zone")
    elif claim.window_from is not None and claim.window_from > claim.window_to:
        mistakes.append(f"a window from {claim.window_from} to {claim.window_to}")
    if mistakes:
        raise ContractBroken(
            tried=f"to land an extract of {schema.label}",
            found="a claim with " + ", ".join(mistakes),
            expected=f"how one of {', '.join(sorted(CLAIM_KINDS))}; aware instants, the window's start before its end",
            remedy="when this machine's clock went back, correct it or wait until it has passed the window's start; "
            "otherwise correct the source's extract; nothing was landed",
        )


def _gaps(store: LandingStore, schema: StreamSchema, extract: Extract, unreadable: int, newly: int) -> list[str]:
    """Why the window is not completely known, whatever the source says; empty when nothing stands against it.

    A source that is acknowledged forgets: what was rejected in this window will not come again.
    """
    gaps = []
    if unreadable:
        gaps.append(f"{unreadable} records cannot be read ({newly} of them new in quarantine)")
    if extract.acknowledge is not None:
        start = extract.claim.window_from
        gaps += [
            f"batch {batch.leaf.load_id} was rejected and does not come again"
            for batch in store.ledger.of_stream(schema.system, schema.name)
            if batch.standing == "rejected" and (start is None or batch.leaf.claim.window_to > start)
        ]
    return gaps


def _claim(schema: StreamSchema, extract: Extract, readable: ReadableRows, gaps: Sequence[str]) -> BatchClaim:
    """The source's claim with what was seen; complete only without gaps."""
    claim, count = extract.claim, readable.table.num_rows
    return BatchClaim(
        window_from=claim.window_from,
        window_to=claim.window_to,
        rows=extract.records,
        first=_shortened(key_text(schema, readable, 0), LONGEST_KEY_IN_CLAIM) if count else None,
        last=_shortened(key_text(schema, readable, count - 1), LONGEST_KEY_IN_CLAIM) if count else None,
        complete=claim.complete and not gaps,
        how=claim.how,
        detail=_shortened("; ".join([claim.detail, *gaps] if claim.detail else gaps), LONGEST_DETAIL_OF_CLAIM),
    )


def _shortened(text: str, longest: int) -> str:
    """The text, or its beginning and the hash of all of it: one long id must not make a leaf that no log can hold."""
    if len(text) <= longest:
        return text
    whole = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{text[:longest]}… ({len(text)} characters, SHA-256 {whole})"


def _load_id(store: LandingStore, loaded_at: datetime, root: str | None, refused: Sequence[Quarantined]) -> str | None:
    """`<instant>-<12 hex of the root>`; the same rows at the same instant again get the next free microsecond."""
    if root is None:
        if not refused:
            return None
        root = row_root(record.excerpt_hash for record in refused)
    instant = loaded_at
    while True:
        load_id = f"{instant:%Y%m%dT%H%M%S%f}Z-{root[:12]}"
        if store.ledger.find(load_id) is None:
            return load_id
        instant += timedelta(microseconds=1)


def _write_rows(
    store: LandingStore, schema: StreamSchema, new: ReadableRows, load_id: str | None, loaded_at: datetime
) -> tuple[Path | None, str | None]:
    """Write new rows durably; return the file and its SHA-256, or nothing when there are none."""
    count = new.table.num_rows
    if not count or load_id is None:
        return None, None
    path = store.landed_path(schema.system, schema.name, load_id)
    rows = new.table.unify_dictionaries()
    loads = {
        "_load_id": constant(load_id, ROWS_PER_GROUP),
        "_loaded_at": pa.repeat(pa.scalar(loaded_at, LOAD_COLUMNS["_loaded_at"]), ROWS_PER_GROUP),
    }
    kinds = {field.name: field.type for field in rows.schema} | {name: column.type for name, column in loads.items()}
    shape = pa.schema([field.with_type(kinds[field.name]) for field in schema.arrow_schema()])

    def write(file: BufferedRandom) -> None:
        # Dictionaries are how the rows came, not what the file promises: its reader sees the stream's own types.
        # A hash is never looked for by its range nor written twice: statistics and a dictionary of it cost a fifth.
        others = [name for name in shape.names if name != ROW_HASH]
        with pq.ParquetWriter(
            file, shape, compression="zstd", use_dictionary=others, write_statistics=others, store_schema=False
        ) as writer:
            for start in range(0, count, ROWS_PER_GROUP):
                group = rows.slice(start, ROWS_PER_GROUP)
                columns = [
                    loads[name][: group.num_rows] if name in loads else group.column(name) for name in shape.names
                ]
                writer.write_table(pa.table(columns, schema=shape))

    return path, write_through(path, write)


def _write_quarantine(
    store: LandingStore,
    schema: StreamSchema,
    refused: Sequence[Quarantined],
    load_id: str | None,
    loaded_at: datetime,
) -> str | None:
    """Write newly quarantined records durably; return the file's SHA-256, or None when there are none."""
    if not refused or load_id is None:
        return None
    columns: dict[str, list[object]] = {
        "_load_id": [load_id] * len(refused),
        "_loaded_at": [loaded_at] * len(refused),
        "source_uri": [record.source_uri for record in refused],
        "raw_hash": [record.raw_hash for record in refused],
        "offset": [record.offset for record in refused],
        "reason": [record.reason for record in refused],
        "excerpt_hash": [record.excerpt_hash for record in refused],
    }
    data = parquet_bytes(pa.table(columns, schema=QUARANTINE_SCHEMA))
    write_durably(store.quarantine_path(schema.system, schema.name, load_id), data)
    return hashlib.sha256(data).hexdigest()


def parquet_bytes(table: pa.Table) -> bytes:
    """A table as one Parquet file (zstd)."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", write_statistics=True)
    return bytes(sink.getvalue())


def _new_positions(store: LandingStore, schema: StreamSchema, rows: ReadableRows) -> Positions:
    """Positions of the rows that say something new against what landed; rejected batches do not count."""
    landed = _landed_batches(store, schema)
    if schema.kind == "state":
        return new_states(schema, rows, _landed_keys(schema, rows, landed))
    hashes = LandedHashes(store.home / "landed_hashes" / schema.system / schema.name)
    batches = [BatchHashes(batch.log_index, partial(_row_hashes_in, path)) for batch, path in landed]
    return new_events(rows, lambda numbers: hashes.contains(numbers, batches))


def _landed_batches(store: LandingStore, schema: StreamSchema) -> list[tuple[LoggedBatch, Path]]:
    """The batches of a stream that count, each with its file."""
    batches = [batch for batch in store.ledger.of_stream(schema.system, schema.name) if batch.standing != "rejected"]
    files = [(batch, landed_file(store, batch)) for batch in batches]
    return [(batch, path) for batch, path in files if path is not None]


def _row_hashes_in(path: Path) -> bytes:
    return ReadableRows(pq.ParquetFile(path).read(columns=[ROW_HASH]), ()).hashes


def _landed_keys(schema: StreamSchema, rows: ReadableRows, landed: Sequence[tuple[LoggedBatch, Path]]) -> pl.DataFrame:
    """Key, row hash and log index of landed rows whose key is among `rows`."""
    if not landed or not rows.table.num_rows:
        return _no_keys(schema)
    wanted = pl.LazyFrame(plain(rows.table.select(list(schema.key)))).unique()
    indexes = pl.LazyFrame(
        {
            "_load_id": [batch.leaf.load_id for batch, _ in landed],
            "_log_index": [batch.log_index for batch, _ in landed],
        },
        schema={"_load_id": pl.String, "_log_index": pl.Int64},
    )
    return (
        pl.scan_parquet([path for _, path in landed], hive_partitioning=False, extra_columns="ignore")
        .select([*schema.key, ROW_HASH, "_load_id"])
        .join(wanted, on=list(schema.key), how="semi")
        .join(indexes, on="_load_id", how="inner")
        .drop("_load_id")
        .collect()
    )


def _no_keys(schema: StreamSchema) -> pl.DataFrame:
    keys = {name: pl.String if schema.columns[name] == TEXT else pl.Int64 for name in schema.key}
    return pl.DataFrame(schema={**keys, ROW_HASH: pl.String, "_log_index": pl.Int64})


def _newly_quarantined(
    store: LandingStore, schema: StreamSchema, unreadable: Sequence[Quarantined]
) -> list[Quarantined]:
    """The unreadable records that are not in the stream's quarantine yet, so that re-reading adds nothing."""
    if not unreadable:
        return []
    known: set[tuple[str, ...]] = set()
    folder = store.quarantine_folder(schema.system, schema.name)
    for path in sorted(folder.glob("*.parquet")) if folder.is_dir() else []:
        known.update(pl.read_parquet(path, columns=list(_QUARANTINE_IDENTITY)).rows())
    fresh: list[Quarantined] = []
    for record in unreadable:
        identity = (record.raw_hash, record.reason, record.excerpt_hash)
        if identity not in known:
            known.add(identity)
            fresh.append(record)
    return fresh


def _has_files(store: LandingStore, system: str, stream: str) -> bool:
    return store.stream_folder(system, stream).is_dir() or store.quarantine_folder(system, stream).is_dir()


def _sweep_stream(store: LandingStore, system: str, stream: str) -> list[Path]:
    """Set aside the one batch that a kill can leave without a leaf, and remove temporary files, which never had a name.

    The caller holds the lock. Moved, not removed: should the log have lost the leaf, the rows are still there.
    """
    folder = store.stream_folder(system, stream)
    landed = [path for path in folder.glob("date=*/*.parquet") if not _is_logged(store, path)]
    refused = [
        path for path in store.quarantine_folder(system, stream).glob("*.parquet") if not _is_logged(store, path)
    ]
    if len(landed) > 1 or len(refused) > 1:
        raise EvidenceBroken(
            tried=f"to sweep what a killed run left of {system}/{stream} in {store.home}",
            found=f"{len(landed)} landed and {len(refused)} quarantine files that the log does not know",
            expected="at most one of each: the log is written after every batch",
            remedy="the log is older than the landing, or another one: restore the log that belongs to it; "
            "nothing was moved",
        )
    moved = [move_durably(path, store.orphan_folder("landing", system, stream)) for path in landed]
    moved += [move_durably(path, store.orphan_folder("quarantine", system, stream)) for path in refused]
    _remove_temporaries(store, system, stream)
    return moved


def _remove_temporaries(store: LandingStore, system: str, stream: str) -> None:
    folder = store.stream_folder(system, stream)
    temporary = [
        path
        for where in (*folder.glob("date=*"), store.quarantine_folder(system, stream))
        for path in where.glob(f"{TEMPORARY_PREFIX}*")
    ]
    for path in temporary:
        path.unlink(missing_ok=True)


def _is_logged(store: LandingStore, path: Path) -> bool:
    return store.ledger.find(path.stem) is not None
