"""Lands compact Python data the way `ingest` does, for tests of the dbt project.

Here belongs only the shape of a home folder as dbt reads it (landed Parquet, empty typed schema files, the projected
batches). No log, no gate, no vendor: those have tests of their own.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ingest.schema import LOAD_COLUMNS, STREAMS, StreamSchema

BATCH_COLUMNS = pa.schema(
    [
        ("log_index", pa.int64()),
        ("load_id", pa.string()),
        ("system", pa.string()),
        ("stream", pa.string()),
        ("rows", pa.int64()),
        ("quarantined", pa.int64()),
        ("outcome", pa.string()),
        ("window_from", pa.timestamp("us", tz="UTC")),
        ("window_to", pa.timestamp("us", tz="UTC")),
        ("is_complete", pa.bool_()),
        ("how", pa.string()),
        ("detail", pa.string()),
        ("logged_at", pa.timestamp("us", tz="UTC")),
    ]
)


FOR_EVER = datetime(9999, 12, 31, tzinfo=UTC)
"""The end of what has none."""


def instant(text: str) -> datetime:
    """The instant of an ISO text; without a zone it is UTC."""
    parsed = datetime.fromisoformat(text)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


@dataclass
class Landing:
    """A home folder being filled: one `land` is one batch with its claim, in the order of the log."""

    home: Path
    batches: list[dict[str, object]] = field(default_factory=list)

    def land(
        self,
        system: str,
        stream: str,
        rows: Sequence[Mapping[str, object]],
        *,
        window: tuple[str | None, str],
        loaded_at: str | None = None,
        is_complete: bool = True,
        outcome: str = "accepted",
    ) -> None:
        """Write one batch of a stream and its claim; `window` and `loaded_at` are ISO texts in UTC."""
        window_from, window_to = window
        at = instant(loaded_at or window_to)
        log_index = len(self.batches)
        load_id = f"{at:%Y%m%dT%H%M%S%f}Z-{log_index:012x}" if rows else None
        if rows:
            table = _landed_table(STREAMS[system, stream], rows, str(load_id), at)
            folder = self.home / "landing" / system / stream / f"date={at:%Y-%m-%d}"
            folder.mkdir(parents=True, exist_ok=True)
            pq.write_table(table, folder / f"{load_id}.parquet")
        self.batches.append(
            {
                "log_index": log_index,
                "load_id": load_id,
                "system": system,
                "stream": stream,
                "rows": len(rows),
                "quarantined": 0,
                "outcome": outcome,
                "window_from": instant(window_from) if window_from else None,
                "window_to": instant(window_to),
                "is_complete": is_complete,
                "how": "end_marker" if is_complete else "unknown",
                "detail": "",
                "logged_at": at,
            }
        )

    def project(self) -> None:
        """Write what `ingest.projection` writes: the batches, and an empty typed file for every stream."""
        for (system, stream), schema in STREAMS.items():
            folder = self.home / "landing" / system / stream
            folder.mkdir(parents=True, exist_ok=True)
            pq.write_table(schema.arrow_schema().empty_table(), folder / "_schema.parquet")
        for folder in (self.home / "projection", self.home / "warehouse"):
            folder.mkdir(parents=True, exist_ok=True)
        pq.write_table(
            pa.Table.from_pylist(self.batches, schema=BATCH_COLUMNS), self.home / "projection" / "log_batches.parquet"
        )


def _landed_table(
    schema: StreamSchema, rows: Sequence[Mapping[str, object]], load_id: str, loaded_at: datetime
) -> pa.Table:
    """The rows as a landed table: every column of the stream, JSON columns as text, load columns behind."""
    landed = []
    for row in rows:
        unknown = set(row) - set(schema.columns)
        if unknown:
            raise ValueError(f"{schema.label} has no columns {sorted(unknown)}")
        values = {name: _landed_value(name in schema.json_columns, row.get(name)) for name in schema.columns}
        row_hash = sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
        load = dict(zip(LOAD_COLUMNS, (load_id, loaded_at, "test://fixture", row_hash, row_hash), strict=True))
        landed.append(values | load)
    return pa.Table.from_pylist(landed, schema=schema.arrow_schema())


def _landed_value(is_json: bool, value: object) -> object:
    return json.dumps(value) if is_json and value is not None else value
