"""The log's batches as one Parquet file, and an empty typed file per stream: what dbt reads beside the landing.

Here belongs a projection that can be deleted and written again with the same content at any time. What the
claims mean is dbt's.
"""

from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from evidence.durable import write_all_durably, write_durably
from ingest.landed_files import parquet_bytes
from ingest.landing_store import LandingStore
from ingest.ledger import Ledger, LoggedBatch
from ingest.schema import STREAMS, TEXT, WHOLE

_INSTANT: Final = pa.timestamp("us", tz="UTC")
_READ_ENTRIES: Final = b"assettrail_read_entries"

BATCHES_SCHEMA: Final = pa.schema(
    [
        pa.field("log_index", WHOLE, nullable=False),
        pa.field("load_id", TEXT),
        pa.field("system", TEXT, nullable=False),
        pa.field("stream", TEXT, nullable=False),
        pa.field("rows", WHOLE, nullable=False),
        pa.field("quarantined", WHOLE, nullable=False),
        pa.field("outcome", TEXT, nullable=False),
        pa.field("window_from", _INSTANT),
        pa.field("window_to", _INSTANT, nullable=False),
        pa.field("is_complete", pa.bool_(), nullable=False),
        pa.field("how", TEXT, nullable=False),
        pa.field("detail", TEXT),
        pa.field("logged_at", _INSTANT, nullable=False),
    ]
)
"""One row per batch leaf; `outcome` is accepted, held or rejected after decisions; instants in UTC."""


def project_log(store: LandingStore) -> Path:
    """Write `projection/log_batches.parquet` anew, and `_schema.parquet` of every stream; return the former.

    Both are replaced atomically. The empty files make the globs over landing folders match from the first
    day.
    """
    store.ledger.refresh()
    path = _write_batches(store.ledger, store.home)
    _write_empty_files(store)
    return path


def project_log_as_known(store: LandingStore, ledger: Ledger, folder: Path) -> Path:
    """Make `folder` what dbt reads as a home that knows no more than `ledger`; return the batches' file.

    Its `projection/` is of the ledger's batches and decisions alone, its `landing` leads to the files of the store,
    of which dbt reads those of accepted batches. Nothing else of the home is in it, thus nothing of today.
    """
    ledger.refresh()
    folder.mkdir(parents=True)
    (folder / "landing").symlink_to(store.folder.resolve(), target_is_directory=True)
    path = _write_batches(ledger, folder)
    _write_empty_files(store)
    return path


def read_entries(home: Path) -> int | None:
    """Return how many entries of the log the projection under `home` was made from (see `Ledger.read_entries`).

    None where an older release made it.
    """
    metadata = pq.read_schema(_batches_file(home)).metadata or {}
    return int(metadata[_READ_ENTRIES]) if _READ_ENTRIES in metadata else None


def _batches_file(home: Path) -> Path:
    return home / "projection" / "log_batches.parquet"


def _write_batches(ledger: Ledger, home: Path) -> Path:
    rows = [_row(batch) for batch in ledger.batches()]
    columns = {field.name: [row[field.name] for row in rows] for field in BATCHES_SCHEMA}
    schema = BATCHES_SCHEMA.with_metadata({_READ_ENTRIES: str(ledger.read_entries)})
    path = _batches_file(home)
    write_durably(path, parquet_bytes(pa.table(columns, schema=schema)))
    return path


def _row(batch: LoggedBatch) -> dict[str, object]:
    leaf, claim = batch.leaf, batch.leaf.claim
    return {
        "log_index": batch.log_index,
        "load_id": leaf.load_id,
        "system": leaf.system,
        "stream": leaf.stream,
        "rows": leaf.rows,
        "quarantined": leaf.quarantined,
        "outcome": batch.standing,
        "window_from": claim.window_from,
        "window_to": claim.window_to,
        "is_complete": claim.complete,
        "how": claim.how,
        "detail": claim.detail,
        "logged_at": leaf.logged_at,
    }


def _write_empty_files(store: LandingStore) -> None:
    """Write the streams' empty files where they are missing or of an older shape."""
    wanted: dict[Path, bytes] = {}
    for schema in STREAMS.values():
        path = store.stream_folder(schema.system, schema.name) / "_schema.parquet"
        data = parquet_bytes(schema.arrow_schema().empty_table())
        if not path.is_file() or path.read_bytes() != data:
            wanted[path] = data
    if wanted:
        write_all_durably(wanted)
