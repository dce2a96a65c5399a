"""The process that runs questions: `python -I -m reports.console.worker MEMORY_MIB`.

Here belong the settings that shut DuckDB in, the limits that the system holds, and answering one question after the
other from the pipe. It imports nothing of the house but its own room: it has no settings, no key, no environment.
"""

from __future__ import annotations

import io
import json
import os
import queue
import resource
import sys
import threading
import warnings
from typing import Any

import duckdb
import pyarrow as pa

from reports.console.frames import OPENED, read_frame, write_frame
from reports.console.statement import Refused, only_statement

BATCH_ROWS = 256
THREADS = 2
OPEN_FILES = 64
LOCKED_IN = (
    "SET TimeZone = 'UTC'",
    "SET enable_external_access = false",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET allow_community_extensions = false",
    "SET python_enable_replacements = false",
    "SET enable_progress_bar = false",
)


def open_locked(database: str, memory_mib: int) -> duckdb.DuckDBPyConnection:
    """Return a connection to one file that reaches no other and whose settings nobody changes."""
    config: dict[str, Any] = {"temp_directory": "", "memory_limit": f"{memory_mib}MiB", "threads": THREADS}
    connection = duckdb.connect(database, read_only=True, config=config)
    for setting in LOCKED_IN:
        connection.execute(setting)
    connection.execute("SET lock_configuration = true")
    return connection


def answer(connection: duckdb.DuckDBPyConnection, asked: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Return the head of the answer (how it went, whether rows were left out) and its rows as an Arrow stream."""
    try:
        statement, is_explained = only_statement(asked["sql"])
        with connection.cursor() as cursor:
            reader = _explained(cursor, statement) if is_explained else _asked(cursor, statement)
            return _gathered(reader, asked["rows"], asked["bytes"])
    except Refused as error:
        return {"refused": str(error)}, b""
    except (duckdb.Error, pa.ArrowException) as error:
        return {"error": f"{type(error).__name__}: {str(error)[:4_000]}"}, b""


def _asked(cursor: duckdb.DuckDBPyConnection, statement: str) -> pa.RecordBatchReader:
    relation = cursor.sql(statement)
    if relation is None:
        raise Refused("a statement without rows")
    return relation.to_arrow_reader(BATCH_ROWS)


def _explained(cursor: duckdb.DuckDBPyConnection, statement: str) -> pa.RecordBatchReader:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # The extra copy that DuckDB warns of is a plan, a few lines.
        return cursor.execute(statement).to_arrow_reader(BATCH_ROWS)


def _gathered(reader: pa.RecordBatchReader, most_rows: int, most_bytes: int) -> tuple[dict[str, Any], bytes]:
    """Return as many rows as the caps allow; one row is given however large it is."""
    sink = io.BytesIO()
    rows, is_cut = 0, False
    with pa.ipc.new_stream(sink, reader.schema) as stream:
        for batch in reader:
            room = most_rows - rows
            kept = batch.slice(0, _rows_within(batch, room, most_bytes - sink.tell()))
            if rows == 0 and kept.num_rows == 0 and batch.num_rows and room:
                kept = batch.slice(0, 1)
            stream.write_batch(kept)
            rows += kept.num_rows
            is_cut = kept.num_rows < batch.num_rows
            if is_cut:
                break
    return {"rows": rows, "is_cut": is_cut}, sink.getvalue()


def _rows_within(batch: pa.RecordBatch, room: int, size: int) -> int:
    """Return how many of the batch's first rows fit in the room and about in the size."""
    if batch.num_rows <= room and batch.nbytes <= size:
        return int(batch.num_rows)
    share = max(0, size) * batch.num_rows // max(1, batch.nbytes)
    return int(min(room, batch.num_rows, share))


def _shut_in() -> None:
    """Let the system refuse what DuckDB should never ask for: writing a file, many files, a dump of memory."""
    for limit, most in ((resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_NOFILE, OPEN_FILES)):
        resource.setrlimit(limit, (most, most))


def main() -> None:
    """Answer until the pipe ends; it ends with the process that asks, also while a question runs."""
    memory_mib = int(sys.argv[1])
    _shut_in()
    waiting: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def listen() -> None:
        while (frame := read_frame(sys.stdin.buffer)) is not None:
            waiting.put(frame)
        os._exit(0)

    threading.Thread(target=listen, daemon=True).start()
    opened: dict[str, duckdb.DuckDBPyConnection] = {}
    while True:
        asked = json.loads(waiting.get())
        failure = _open(opened, asked["database"], memory_mib)
        write_frame(sys.stdout.buffer, OPENED)
        head, rows = (failure, b"") if failure else answer(opened[asked["database"]], asked)
        write_frame(sys.stdout.buffer, json.dumps(head).encode())
        write_frame(sys.stdout.buffer, rows)


def _open(opened: dict[str, duckdb.DuckDBPyConnection], database: str, memory_mib: int) -> dict[str, Any]:
    """Let only this file be open; return the head of an answer where it cannot be."""
    if database not in opened:
        while opened:
            opened.popitem()[1].close()
        try:
            opened[database] = open_locked(database, memory_mib)
        except duckdb.Error as error:
            return {"error": f"{type(error).__name__}: {str(error)[:4_000]}"}
    return {}


if __name__ == "__main__":
    main()
