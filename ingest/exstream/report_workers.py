"""The processes that read chunks of large reports beside this one.

Here belong starting them, handing out chunks and their end. This process reads none itself: it decompresses and hands
out, and a process that waits for one that is busy otherwise stands still. They are started before they are needed, as
importing takes a second, and import the reader alone: the processes of `multiprocessing` would import the whole program
first. What they do is `report_worker`.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Lock
from typing import IO, Final, cast

from assettrail.errors import AssettrailError, TransientSourceError
from ingest.exstream.report_rows import SHAPED_BYTES
from ingest.exstream.report_worker import ChunkTask, Spilled
from ingest.exstream.shared_memory import SharedMemories, SharedMemory

MOST_PROCESSES: Final = 4
CHUNKS_AHEAD: Final = 2
"""So many chunks wait for a process, that none has to wait for the next one."""
_OWN_CORE: Final = {"POLARS_MAX_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""Each process has its own core: threads of polars and numpy beside it would wait for one another."""
_KEPT_MEMORY: Final = {
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_TRIM_THRESHOLD_": "1000000000",
    "MALLOC_MMAP_THRESHOLD_": "1000000000",
}
"""Each chunk needs the memory that the one before it gave back: glibc keeps it, and the kernel clears no page anew.

Arrow's own pool would keep other memory beside it, and give that back between chunks.
"""
_PROGRAM: Final = (
    "import sys; from ingest.exstream.report_worker import serve; serve([int(one) for one in sys.argv[1:]])"
)


class ReportWorkers:
    """A few processes that read chunks; `close` ends them, as the end of this one does.

    Chunks lie in `memories`, of which there are enough for those that are read, those that wait and one that is being
    gathered. Who hands chunks out holds `alone` for as long as one of them is read.
    """

    def __init__(self) -> None:
        self.count = max(1, min(MOST_PROCESSES, os.cpu_count() or 1))
        self.alone = Lock()
        self._shared = SharedMemories(self.count + CHUNKS_AHEAD + 1, SHAPED_BYTES)
        self._threads = ThreadPoolExecutor(self.count, thread_name_prefix="report-chunks")
        self._workers = [_start(self._shared.descriptors) for _ in range(self.count)]
        self._free: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
        for worker in self._workers:
            self._free.put(worker)

    @property
    def memories(self) -> list[SharedMemory]:
        """The memory that chunks are handed out in, each of `SHAPED_BYTES`."""
        return list(self._shared.memories)

    def submit(self, place: bytes, offset: int, memory: SharedMemory, size: int) -> Future[Spilled]:
        """Have a chunk read, the first bytes of memory, which stay as they are until then.

        `place` is the pickled `ReportPlace`. The future raises what reading raised.
        """
        return self._threads.submit(self._read, (place, offset, memory.number, size))

    def close(self) -> None:
        """End the processes, when they have read what was submitted."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        for worker in self._workers:
            with suppress(BrokenPipeError):  # One that was killed never took what was still to be written to it.
                _input(worker).close()
        for worker in self._workers:
            worker.wait()
            _output(worker).close()
        self._shared.close()

    def _read(self, task: ChunkTask) -> Spilled:
        worker = self._free.get()
        try:
            return _read_by(worker, task)
        finally:
            self._free.put(worker)


def _read_by(worker: subprocess.Popen[bytes], task: ChunkTask) -> Spilled:
    try:
        pickle.dump(task, _input(worker), pickle.HIGHEST_PROTOCOL)
        _input(worker).flush()
        result = pickle.load(_output(worker))  # noqa: S301 - from the process that this one started
    except (EOFError, BrokenPipeError) as error:
        raise TransientSourceError(
            tried="to read an asset-use report in several processes",
            found=f"a process that ended with {worker.wait()}",
            expected="what the chunk that it was given holds",
            remedy="look at standard error and at the machine's memory, then run the ingest again",
        ) from error
    if isinstance(result, OSError | AssettrailError):
        raise result
    return cast("Spilled", result)


def _start(memories: Sequence[int]) -> subprocess.Popen[bytes]:
    path = {"PYTHONPATH": os.pathsep.join(each or str(Path.cwd()) for each in sys.path)}
    environment = os.environ | path | _OWN_CORE | _KEPT_MEMORY
    words = [sys.executable, "-c", _PROGRAM, *map(str, memories)]
    pipe = subprocess.PIPE
    return subprocess.Popen(words, stdin=pipe, stdout=pipe, env=environment, pass_fds=memories)


def _input(worker: subprocess.Popen[bytes]) -> IO[bytes]:
    return cast("IO[bytes]", worker.stdin)


def _output(worker: subprocess.Popen[bytes]) -> IO[bytes]:
    return cast("IO[bytes]", worker.stdout)
