"""The one who starts the worker, asks it, watches its time and memory, and replaces it.

Here belongs the life of the process. One question runs at a time; another waits for a while and is then told so. What
a question may cost stands in `Limits`.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil
import pyarrow as pa

from assettrail.errors import ContractBroken
from reports.console.frames import LENGTH
from reports.problems import BadQuestion, NothingToRead

LOOK_SECONDS = 0.02
START_SECONDS = 60.0
OVERHEAD_MIB = 400
"""What Python, Arrow and the rows on their way need beside DuckDB's own limit."""


@dataclass(frozen=True)
class Limits:
    """What one question may cost: seconds, DuckDB's memory in MiB, and seconds that it waits for the one before it."""

    seconds: float
    memory_mib: int
    waiting_seconds: float = 15.0


@dataclass(frozen=True)
class Answer:
    """The rows of a question, whether more were left out, and how long it took."""

    table: pa.Table
    is_cut: bool
    seconds: float


class Console:
    """Asks questions in a process of its own; safe to use from several threads."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._turn = threading.Lock()
        self._worker: subprocess.Popen[bytes] | None = None

    def ask(self, database: Path, sql: str, most_rows: int, most_bytes: int) -> Answer:
        """Return the rows of one statement, at most so many and about so large; one row is given however large.

        Raises BadQuestion with the reason where it is not run, takes too long or needs too much, NothingToRead where
        others' questions do not end in time.
        """
        if not self._turn.acquire(timeout=self.limits.waiting_seconds):
            raise _busy(self.limits)
        try:
            return self._asked(database, sql, most_rows, most_bytes)
        finally:
            self._turn.release()

    def close(self) -> None:
        """End the worker."""
        with self._turn:
            self._kill()

    @property
    def worker_pid(self) -> int | None:
        """The process that runs the questions, where there is one."""
        return self._worker.pid if self._worker else None

    def _asked(self, database: Path, sql: str, most_rows: int, most_bytes: int) -> Answer:
        asked = {"database": str(database), "sql": sql, "rows": most_rows, "bytes": most_bytes}
        content = json.dumps(asked).encode()
        try:
            worker = self._ready()
            _pipe(worker.stdin).write(LENGTH.pack(len(content)) + content)
            _pipe(worker.stdin).flush()
            self._frame(worker, time.monotonic() + START_SECONDS)
            started = time.monotonic()
            head = json.loads(self._frame(worker, started + self.limits.seconds))
            rows = self._frame(worker, started + self.limits.seconds)
        except (OSError, EOFError) as error:
            self._replace()
            raise _ended(error) from error
        if "refused" in head:
            raise refused(head["refused"])
        if "error" in head:
            raise not_run(head["error"])
        table = pa.ipc.open_stream(rows).read_all()
        return Answer(table, bool(head["is_cut"]), time.monotonic() - started)

    def _frame(self, worker: subprocess.Popen[bytes], until: float) -> bytes:
        """Return one frame of the answer; kills and replaces the worker where it takes too long or too much memory."""
        length = LENGTH.unpack(self._bytes(worker, LENGTH.size, until))[0]
        return self._bytes(worker, length, until)

    def _bytes(self, worker: subprocess.Popen[bytes], wanted: int, until: float) -> bytes:
        pipe, process = _pipe(worker.stdout).fileno(), psutil.Process(worker.pid)
        found = bytearray()
        while len(found) < wanted:
            ready, _, _ = select.select([pipe], [], [], LOOK_SECONDS)
            if ready:
                piece = os.read(pipe, min(1 << 20, wanted - len(found)))
                if not piece:
                    raise EOFError("the process ended")
                found += piece
            if time.monotonic() > until:
                self._replace()
                raise _too_long(self.limits)
            if _memory_mib(process) > self.limits.memory_mib + OVERHEAD_MIB:
                self._replace()
                raise _too_much(self.limits)
        return bytes(found)

    def _ready(self) -> subprocess.Popen[bytes]:
        if self._worker is None or self._worker.poll() is not None:
            self._kill()
            self._worker = self._started()
        return self._worker

    def _started(self) -> subprocess.Popen[bytes]:
        """Start a worker with an empty environment: nothing of the house is told to it but what it is asked."""
        words = [sys.executable, "-I", "-m", "reports.console.worker", str(self.limits.memory_mib)]
        return subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}, cwd="/", bufsize=0
        )

    def _replace(self) -> None:
        self._kill()
        self._worker = self._started()

    def _kill(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.kill()
            worker.wait()
            for pipe in (worker.stdin, worker.stdout):
                _pipe(pipe).close()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise AssertionError("the worker is started with pipes")
    return pipe


def _memory_mib(process: psutil.Process) -> float:
    try:
        return float(process.memory_info().rss) / (1 << 20)
    except psutil.NoSuchProcess:
        return 0.0


def refused(found: str) -> BadQuestion:
    """Return the error of a statement that the console does not run."""
    return BadQuestion(
        tried="to run a statement in the console",
        found=found,
        expected="one SELECT, WITH, FROM, VALUES, DESCRIBE, SHOW, SUMMARIZE or EXPLAIN",
        remedy="ask with one statement that only reads; the snapshot and its Parquet files can be taken from /snapshot",
    )


def not_run(found: str) -> BadQuestion:
    """Return the error of a statement that DuckDB refused."""
    return BadQuestion(
        tried="to run a statement in the console",
        found=found,
        expected="a statement in DuckDB's SQL over the tables that stand beside it",
        remedy="correct the statement; nothing but this snapshot can be reached from here",
    )


def _too_long(limits: Limits) -> BadQuestion:
    return BadQuestion(
        tried="to run a statement in the console",
        found=f"it had not ended after {limits.seconds:g} seconds; it was stopped",
        expected="a question that is answered in that time",
        remedy="narrow it (a period, a LIMIT, fewer joins), or take the snapshot from /snapshot and ask it on your own "
        "machine",
    )


def _too_much(limits: Limits) -> BadQuestion:
    return BadQuestion(
        tried="to run a statement in the console",
        found=f"it needed more than {limits.memory_mib + OVERHEAD_MIB:,} MiB of memory; it was stopped",
        expected="a question that needs less",
        remedy="narrow it (a period, a LIMIT, shorter texts), or take the snapshot from /snapshot and ask it on your "
        "own machine",
    )


def _ended(error: Exception) -> ContractBroken:
    return ContractBroken(
        tried="to run a statement in the console",
        found=f"the process that runs it ended ({error})",
        expected="an answer",
        remedy="ask again; another process has taken its place. If it happens again, report the statement",
    )


def _busy(limits: Limits) -> NothingToRead:
    return NothingToRead(
        tried="to run a statement in the console",
        found=f"another question was still running after {limits.waiting_seconds:g} seconds; one runs at a time",
        expected="the console to be free",
        remedy="ask again in a moment",
    )
