"""Landing: the one place that writes Parquet, claim, cursor and leaf of a batch.

Here belongs the order that makes a kill harmless: quarantine and Parquet durable first, then the gate, then
the leaf. The leaf is the commit: a file without a leaf is never read and is set aside before the next batch of
its stream, never removed: the log could be the one that lost something. Which rows are readable and new is
decided by the pure functions of `ingest.rows`; what the log says is `ingest.ledger`, the store that is landed in
`ingest.landing_store`, the files' shape `ingest.landed_files`; the rules of the gate are `quality`.
"""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

import polars as pl
import pyarrow.parquet as pq

from assettrail.errors import ContractBroken
from evidence.leaves import BatchClaim, BatchLeaf, FailedExpectation, Outcome, encode_leaf
from evidence.refusing_disk import disk_told
from ingest.extract import KNOWN_GAP, UNKNOWN, Claim, Extract, Quarantined
from ingest.landed_files import landed_file, write_quarantine, write_rows
from ingest.landed_hashes import BatchHashes, LandedHashes
from ingest.landing_store import LandingStore
from ingest.landing_turns import Turn
from ingest.ledger import LoggedBatch
from ingest.orphans import sweep_stream
from ingest.readable_rows import Positions, ReadableRows, plain
from ingest.rows import key_text, new_events, new_states, read_rows, row_root
from ingest.schema import ROW_HASH, TEXT, StreamSchema

CLAIM_KINDS: Final = frozenset({"end_marker", "equal_counts", "manifest", KNOWN_GAP, UNKNOWN})
LONGEST_KEY_IN_CLAIM: Final = 500
LONGEST_DETAIL_OF_CLAIM: Final = 4000

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


def land(
    store: LandingStore,
    schema: StreamSchema,
    extract: Extract,
    gate: Gate,
    turn: Turn | None = None,
) -> LandedBatch:
    """Land one extract of one stream: the readable, new rows as Parquet, and the claim as a leaf, always.

    Rows that break the stream's types go to quarantine and the rest lands. With no new row there is a leaf
    and no Parquet. The claim is complete only if the source says so and no record of the window is
    unreadable. The outcome is the gate's; a held batch is landed and logged, and waits for a person. `turn` is waited
    for before the tree and before the leaf, by those who land streams beside one another.

    Raises ContractBroken when the extract itself is malformed (nothing is landed), ConfigurationError when
    the disk refuses, with the free bytes (nothing is logged; the rest is set aside next time), EvidenceBroken
    when an earlier batch's file is gone.
    """
    _check_claim(schema, extract.claim)
    with disk_told(f"to land a batch of {schema.label}", store.home), store.locked(schema.system, schema.name):
        store.ledger.refresh()
        sweep_stream(store, schema.system, schema.name)
        loaded_at = store.clock.now()
        readable = read_rows(schema, extract.rows, extract.tables)
        new = readable.take(_new_positions(store, schema, readable, is_retold=extract.is_retold))
        with nullcontext() if turn is None else turn.to_hash():
            root = new.root if new.count else None
        unreadable = [*extract.quarantined, *readable.refused]
        refused = _newly_quarantined(store, schema, unreadable)
        load_id = _load_id(store, loaded_at, root, refused)
        quarantine_sha256 = write_quarantine(store, schema, refused, load_id, loaded_at)
        path, parquet_sha256 = write_rows(store, schema, new, load_id, loaded_at)
        judged = gate(schema, path) if path else GateOutcome("accepted", 0)
        if turn is not None:
            turn.to_append()
        leaf = BatchLeaf(
            system=schema.system,
            stream=schema.name,
            load_id=load_id,
            rows=new.count,
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
    if claim.complete and claim.how in {KNOWN_GAP, UNKNOWN}:
        mistakes.append("complete, and not known how" if claim.how == UNKNOWN else "complete, and with a known gap")
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
    claim, count = extract.claim, readable.count
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


def _new_positions(store: LandingStore, schema: StreamSchema, rows: ReadableRows, *, is_retold: bool) -> Positions:
    """Positions of the rows that say something new against what landed; rejected batches do not count."""
    landed = _landed_batches(store, schema)
    if schema.kind == "state":
        return new_states(schema, rows, _landed_keys(schema, rows, landed), is_retold=is_retold)
    hashes = LandedHashes(store.home / "landed_hashes" / schema.system / schema.name)
    batches = [BatchHashes(batch.log_index, partial(_row_hashes_in, path)) for batch, path in landed]
    return new_events(rows, lambda numbers: hashes.contains(numbers, batches))


def _landed_batches(store: LandingStore, schema: StreamSchema) -> list[tuple[LoggedBatch, Path]]:
    """The batches of a stream that count, each with its file."""
    batches = [batch for batch in store.ledger.of_stream(schema.system, schema.name) if batch.standing != "rejected"]
    files = [(batch, landed_file(store, batch)) for batch in batches]
    return [(batch, path) for batch, path in files if path is not None]


def _row_hashes_in(path: Path) -> bytes:
    return ReadableRows([pq.ParquetFile(path).read(columns=[ROW_HASH])]).hashes


def _landed_keys(schema: StreamSchema, rows: ReadableRows, landed: Sequence[tuple[LoggedBatch, Path]]) -> pl.DataFrame:
    """Key, row hash and log index of landed rows whose key is among `rows`."""
    if not landed or not rows.count:
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
    """The unreadable records that are not in the stream's quarantine yet, so that re-reading adds nothing.

    Where only the address tells what a record belongs to, equal bytes at another address are another record.
    """
    if not unreadable:
        return []
    names = [*_QUARANTINE_IDENTITY, *(["source_uri"] if schema.is_told_by_place else [])]
    known: set[tuple[str, ...]] = set()
    folder = store.quarantine_folder(schema.system, schema.name)
    for path in sorted(folder.glob("*.parquet")) if folder.is_dir() else []:
        known.update(pl.read_parquet(path, columns=names).select(names).rows())
    fresh: list[Quarantined] = []
    for record in unreadable:
        identity = tuple(str(getattr(record, name)) for name in names)
        if identity not in known:
            known.add(identity)
            fresh.append(record)
    return fresh
