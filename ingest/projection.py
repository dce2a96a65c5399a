"""The log's batches as one Parquet file, and an empty typed file per stream: what dbt reads beside the landing.

Here belongs a projection that can be deleted and written again with the same content at any time. What the
claims mean is dbt's.
"""

from pathlib import Path
from typing import Final

import pyarrow as pa

from evidence.durable import write_all_durably, write_durably
from ingest.landing import LandingStore, parquet_bytes
from ingest.ledger import LoggedBatch
from ingest.schema import STREAMS, TEXT, WHOLE

_INSTANT: Final = pa.timestamp("us", tz="UTC")

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
    rows = [_row(batch) for batch in store.ledger.batches()]
    columns = {field.name: [row[field.name] for row in rows] for field in BATCHES_SCHEMA}
    path = store.home / "projection" / "log_batches.parquet"
    write_durably(path, parquet_bytes(pa.table(columns, schema=BATCHES_SCHEMA)))
    _write_empty_files(store)
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
