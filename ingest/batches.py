"""Landed batches for people: list them, show one with the rows that failed, decide on a held one.

Here belongs what stands behind `assettrail batches` and the check's page. A decision is a leaf of the log; no
file is changed by it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from assettrail.errors import ContractBroken
from evidence.leaves import Decision, DispositionLeaf, FailedExpectation, encode_leaf
from ingest.landed_files import landed_file
from ingest.landing_store import LandingStore
from ingest.ledger import LoggedBatch, Standing

DECISIONS: Sequence[Decision] = ("accepted", "rejected")


@dataclass(frozen=True)
class BatchSummary:
    """One batch leaf with where it stands now; instants in UTC. `load_id` None: a claim without rows."""

    log_index: int
    load_id: str | None
    system: str
    stream: str
    rows: int
    quarantined: int
    outcome: Standing
    window_from: datetime | None
    window_to: datetime
    is_complete: bool
    how: str
    detail: str
    logged_at: datetime
    failed: tuple[FailedExpectation, ...]
    decided_by: str | None
    decision_reason: str | None
    decided_at: datetime | None


@dataclass(frozen=True)
class BatchDetail(BatchSummary):
    """A batch with some of the rows that failed: data and load columns by name."""

    failing_rows: tuple[Mapping[str, object], ...]


def list_batches(store: LandingStore) -> list[BatchSummary]:
    """Every batch of the log, the newest last, claims without rows included."""
    store.ledger.refresh()
    return [_summary(batch) for batch in store.ledger.batches()]


def show_batch(store: LandingStore, load_id: str) -> BatchDetail:
    """One batch with the rows that its failed expectations name. Raises ContractBroken when there is none."""
    store.ledger.refresh()
    batch = _find(store, load_id)
    return BatchDetail(**vars(_summary(batch)), failing_rows=_failing_rows(store, batch))


def decide(store: LandingStore, load_id: str, decision: str, by: str, reason: str) -> BatchSummary:
    """Accept or reject a held batch, for ever, as a leaf of the log; return the batch as it stands then.

    After a rejection the stream goes on from the cursor before the batch, so that the window is read again.
    Raises ContractBroken when the batch is unknown, not held or already decided, and when name or reason is
    missing.
    """
    _check_decision(load_id, decision, by, reason)
    store.ledger.refresh()
    found = _find(store, load_id)
    with store.locked(found.leaf.system, found.leaf.stream):
        store.ledger.refresh()
        batch = _find(store, load_id)
        if batch.standing != "held":
            raise _not_held(batch)
        leaf = DispositionLeaf(
            load_id=load_id,
            decision="accepted" if decision == "accepted" else "rejected",
            by=by.strip(),
            reason=reason.strip(),
            logged_at=store.clock.now(),
        )
        store.log.append([encode_leaf(leaf)])
        store.ledger.refresh()
    return _summary(_find(store, load_id))


def _summary(batch: LoggedBatch) -> BatchSummary:
    leaf, decided = batch.leaf, batch.disposition
    return BatchSummary(
        log_index=batch.log_index,
        load_id=leaf.load_id,
        system=leaf.system,
        stream=leaf.stream,
        rows=leaf.rows,
        quarantined=leaf.quarantined,
        outcome=batch.standing,
        window_from=leaf.claim.window_from,
        window_to=leaf.claim.window_to,
        is_complete=leaf.claim.complete,
        how=leaf.claim.how,
        detail=leaf.claim.detail,
        logged_at=leaf.logged_at,
        failed=leaf.failed,
        decided_by=None if decided is None else decided.by,
        decision_reason=None if decided is None else decided.reason,
        decided_at=None if decided is None else decided.logged_at,
    )


def _failing_rows(store: LandingStore, batch: LoggedBatch) -> tuple[Mapping[str, object], ...]:
    wanted = {row_hash for failed in batch.leaf.failed for row_hash in failed.sample_row_hashes}
    path = landed_file(store, batch)
    if path is None or not wanted:
        return ()
    rows = pl.scan_parquet(path, hive_partitioning=False).filter(pl.col("_row_hash").is_in(list(wanted)))
    return tuple(rows.collect().to_dicts())


def _find(store: LandingStore, load_id: str) -> LoggedBatch:
    batch = store.ledger.find(load_id)
    if batch is None:
        raise ContractBroken(
            tried=f"to find the batch {load_id}",
            found="no entry of the log has it",
            expected="the load id of a landed batch",
            remedy="copy it from `assettrail batches list`",
        )
    return batch


def _check_decision(load_id: str, decision: str, by: str, reason: str) -> None:
    if decision not in DECISIONS or not by.strip() or not reason.strip():
        raise ContractBroken(
            tried=f"to decide on the batch {load_id}",
            found=f"decision {decision!r}, by {by!r}, reason {reason!r}",
            expected=f"one of {', '.join(DECISIONS)}, a name and a reason: they stand in the log for ever",
            remedy="say who decides and why; nothing was decided",
        )


def _not_held(batch: LoggedBatch) -> ContractBroken:
    decided = batch.disposition
    found = f"it was {batch.standing} at the landing gate"
    if decided is not None:
        found = f"it was {decided.decision} by {decided.by} at {decided.logged_at.isoformat()}: {decided.reason}"
    return ContractBroken(
        tried=f"to decide on the batch {batch.leaf.load_id}",
        found=found,
        expected="a held batch that nobody decided on yet",
        remedy="see `assettrail batches list --held`; nothing was changed",
    )
