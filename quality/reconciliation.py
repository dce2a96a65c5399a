"""Does warehouse = log = bytes: every logged batch against its Parquet file and against the rows dbt sees.

Here belong comparisons that collect every difference and say each as stored, expected, remedy. The log against its own
checkpoint is `evidence.verify`; what the rows mean is dbt's. Nothing is written.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Final

import duckdb
import polars as pl
import pyarrow.parquet as pq

from ingest.landing_store import LandingFolders, LandingStore
from ingest.ledger import Ledger, LoggedBatch
from ingest.rows import row_hashes, row_root
from ingest.schema import STREAMS, stream_schema

_RESTORE: Final = "restore the file from a copy; its SHA-256 is in the log"
_REBUILD: Final = "run `assettrail rebuild`; when the difference stays, the landing or the projection was changed"


@dataclass(frozen=True)
class Difference:
    """One thing that is not as the log promises."""

    subject: str
    stored: str
    expected: str
    remedy: str


@dataclass(frozen=True)
class ReconciliationReport:
    """What was compared and every difference; passed when there is none.

    `warehouse_until` is the highest log index that the warehouse has seen; batches behind it are not compared with
    the warehouse, since a landing may go on while it is built.
    """

    batches: int
    landed_rows: int
    accepted_rows: int
    warehouse_rows: int
    warehouse_until: int | None
    differences: tuple[Difference, ...]

    @property
    def passed(self) -> bool:
        """Whether warehouse, log and bytes say the same."""
        return not self.differences

    def as_dict(self) -> dict[str, object]:
        """The report as plain values."""
        return {**asdict(self), "differences": [asdict(each) for each in self.differences], "passed": self.passed}


@dataclass(frozen=True)
class _Projected:
    """A batch with its claim as the warehouse sees the log: the columns of `raw_log.batches`; instants in UTC."""

    log_index: int
    load_id: str | None
    system: str
    stream: str
    rows: int
    quarantined: int
    outcome: str
    window_from: datetime | None
    window_to: datetime
    is_complete: bool
    how: str
    detail: str | None
    logged_at: datetime


@dataclass(frozen=True)
class _Warehouse:
    """The log as the build file sees it, and its rows by (system, stream, load id); what could not be read."""

    projected: Sequence[_Projected]
    rows: dict[tuple[str, str, str], int]
    unreadable: Sequence[Difference]


def reconcile(
    store: LandingStore, build_file: Path, *, recompute_row_hashes: bool = False, ledger: Ledger | None = None
) -> ReconciliationReport:
    """Compare every batch of the log with its Parquet file, and with the rows of the build file's `raw_*` views.

    Of each file: SHA-256, row count, load ids and the row root, recomputed; with `recompute_row_hashes` also every
    row hash from its data columns (seconds per hundred thousand rows). With `ledger` the log is taken as it says, up to
    an earlier state, instead of as it is now. Opens the build file read-only; the caller keeps writers away.
    """
    ledger = ledger or store.ledger
    ledger.refresh()
    batches = ledger.batches()
    landed = [each for batch in batches for each in file_differences(store, batch, recompute=recompute_row_hashes)]
    warehouse = _read_warehouse(build_file)
    accepted = [each for each in warehouse.projected if each.outcome == "accepted"]
    return ReconciliationReport(
        batches=len(batches),
        landed_rows=sum(batch.leaf.rows for batch in batches),
        accepted_rows=sum(each.rows for each in accepted),
        warehouse_rows=sum(warehouse.rows.values()),
        warehouse_until=max((each.log_index for each in warehouse.projected), default=None),
        differences=(
            *landed,
            *warehouse.unreadable,
            *_projection_differences(batches, warehouse.projected),
            *_row_differences(accepted, warehouse.rows),
        ),
    )


def file_differences(folders: LandingFolders, batch: LoggedBatch, *, recompute: bool) -> Iterator[Difference]:
    """Give what is wrong with a batch's Parquet and quarantine file: bytes, rows and row root against the leaf.

    With `recompute` every row hash, too, is computed again from its data columns.
    """
    leaf = batch.leaf
    if leaf.load_id is None:
        return
    if leaf.rows:
        path = folders.landed_path(leaf.system, leaf.stream, leaf.load_id)
        yield from _bytes_differences(path, leaf.parquet_sha256)
        if path.is_file():
            yield from _content_differences(path, batch, recompute)
    if leaf.quarantine_sha256 is not None:
        path = folders.quarantine_path(leaf.system, leaf.stream, leaf.load_id)
        yield from _bytes_differences(path, leaf.quarantine_sha256)


def _bytes_differences(path: Path, expected: str | None) -> Iterator[Difference]:
    try:
        stored = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        yield Difference(str(path), f"{error.strerror}", f"a file with SHA-256 {expected}", _RESTORE)
        return
    if stored != expected:
        yield Difference(str(path), f"SHA-256 {stored}", f"SHA-256 {expected}", _RESTORE)


def _content_differences(path: Path, batch: LoggedBatch, recompute: bool) -> Iterator[Difference]:
    leaf = batch.leaf
    try:
        loads = pl.read_parquet(path, columns=["_load_id", "_row_hash"], hive_partitioning=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        yield Difference(str(path), f"a file that cannot be read: {error}", "a landed Parquet file", _RESTORE)
        return
    hashes = loads["_row_hash"].to_list()
    if len(hashes) != leaf.rows:
        yield Difference(str(path), f"{len(hashes)} rows", f"{leaf.rows} rows", _RESTORE)
    if (root := _root_or_none(hashes)) != leaf.row_root:
        yield Difference(str(path), f"row root {root}", f"row root {leaf.row_root}", _RESTORE)
    if foreign := set(loads["_load_id"].to_list()) - {leaf.load_id}:
        yield Difference(str(path), f"rows of {sorted(map(str, foreign))}", f"rows of {leaf.load_id}", _RESTORE)
    if recompute:
        yield from _hash_differences(path, batch, hashes)


def _hash_differences(path: Path, batch: LoggedBatch, hashes: Sequence[str]) -> Iterator[Difference]:
    schema = stream_schema(batch.leaf.system, batch.leaf.stream)
    table = pq.ParquetFile(path).read()
    columns = {name: table.column(name).to_pylist() for name in schema.columns if name in table.column_names}
    computed = row_hashes(columns, table.num_rows)
    wrong = [at for at, (stored, mine) in enumerate(zip(hashes, computed, strict=True)) if stored != mine]
    if wrong:
        stored = f"{len(wrong)} rows whose data do not give their _row_hash, the first at {wrong[0]}"
        yield Difference(str(path), stored, "rows that hash to _row_hash", _RESTORE)


def _root_or_none(hashes: Sequence[str]) -> str | None:
    try:
        return row_root(hashes)
    except (TypeError, ValueError):
        return None


def _read_warehouse(build_file: Path) -> _Warehouse:
    """What the build file's views give now. A view that is missing or fails is a difference, not a crash."""
    if not build_file.is_file():
        missing = Difference(
            str(build_file), "no such file", "the build file that dbt writes", "run `assettrail build`"
        )
        return _Warehouse((), {}, (missing,))
    rows: dict[tuple[str, str, str], int] = {}
    unreadable: list[Difference] = []
    projected: list[_Projected] = []
    with duckdb.connect(str(build_file), read_only=True) as connection:
        try:
            connection.execute("set TimeZone = 'UTC'")
            found = connection.execute(
                f"select {', '.join(each.name for each in fields(_Projected))} from raw_log.batches order by log_index"  # noqa: S608
            ).fetchall()
            projected = [_Projected(*row) for row in found]
        except duckdb.Error as error:
            unreadable.append(_failed_view("raw_log.batches", error))
        for system, stream in STREAMS:
            view = f"raw_{system}.{stream}"
            try:
                found = connection.execute(f"select _load_id, count(*) from {view} group by 1").fetchall()  # noqa: S608 - names of STREAMS
            except duckdb.Error as error:
                unreadable.append(_failed_view(view, error))
            else:
                rows.update({(system, stream, load_id): counted for load_id, counted in found})
    return _Warehouse(projected, rows, unreadable)


def _failed_view(view: str, error: duckdb.Error) -> Difference:
    return Difference(view, f"{type(error).__name__}: {error}", "a view that can be read", _REBUILD)


def _projection_differences(batches: Sequence[LoggedBatch], projected: Sequence[_Projected]) -> Iterator[Difference]:
    """The projection is the log up to its last entry; a batch that was held then may be decided by now."""
    by_index = {each.log_index: each for each in projected}
    until = max(by_index, default=-1)
    for batch in batches:
        seen = by_index.pop(batch.log_index, None)
        if batch.log_index > until:
            continue
        wanted = _as_projected(batch, batch.standing)
        held = _as_projected(batch, "held") if batch.leaf.outcome == "held" else wanted
        if seen not in (wanted, held):
            stored, expected = _where_they_differ(seen, wanted)
            yield Difference(f"entry {batch.log_index} in raw_log.batches", stored, expected, _REBUILD)
    for index, seen in by_index.items():
        yield Difference(f"entry {index} in raw_log.batches", str(seen), "no such batch in the log", _REBUILD)


def _as_projected(batch: LoggedBatch, outcome: str) -> _Projected:
    leaf, claim = batch.leaf, batch.leaf.claim
    return _Projected(
        log_index=batch.log_index,
        load_id=leaf.load_id,
        system=leaf.system,
        stream=leaf.stream,
        rows=leaf.rows,
        quarantined=leaf.quarantined,
        outcome=outcome,
        window_from=claim.window_from,
        window_to=claim.window_to,
        is_complete=claim.complete,
        how=claim.how,
        detail=claim.detail,
        logged_at=leaf.logged_at,
    )


def _where_they_differ(seen: _Projected | None, wanted: _Projected) -> tuple[str, str]:
    """The columns that differ, as stored and as expected."""
    expected = asdict(wanted)
    if seen is None:
        return "no such row", f"the batch {wanted.load_id or 'without rows'} of {wanted.system}/{wanted.stream}"
    stored = asdict(seen)
    names = [name for name in expected if stored[name] != expected[name]]
    return tuple(", ".join(f"{name} {values[name]}" for name in names) for values in (stored, expected))  # type: ignore[return-value]


def _row_differences(accepted: Sequence[_Projected], rows: dict[tuple[str, str, str], int]) -> Iterator[Difference]:
    """Rows that the views give, batch by batch, against what accepted leaves promise."""
    expected = {(each.system, each.stream, each.load_id): each.rows for each in accepted if each.load_id and each.rows}
    for key in sorted(expected.keys() | rows.keys()):
        if expected.get(key, 0) != rows.get(key, 0):
            system, stream, load_id = key
            yield Difference(
                f"batch {load_id} in raw_{system}.{stream}",
                f"{rows.get(key, 0)} rows",
                f"{expected.get(key, 0)} rows of an accepted batch",
                _REBUILD,
            )
