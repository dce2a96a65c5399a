"""The warehouse's build file, held by one run at a time, and the mark that says that it is whole.

Here belongs what the pool `warehouse` cannot do: keep out processes that pass by Dagster's queue (the command line,
`dagster asset materialize`), from the run's first step to its last, so that what is published is what was checked. The
lock is the kernel's and ends with its process, also when that is killed.
"""

import hashlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import psutil

from assettrail.errors import TransientSourceError
from evidence.durable import write_durably
from evidence.file_lock import file_lock
from evidence.refusing_disk import disk_told
from publish.files import build_file
from publish.reading import is_in_use

WAIT_SECONDS = 60.0
ORPHAN_SECONDS = 10.0
_PAUSE_SECONDS = 0.2


@dataclass(frozen=True)
class WholeBuild:
    """A dbt build of every model that went through: the batches it read, how its tests ended, what made it.

    `read_entries` of the log decided which batches; `made_by` is what `publish.origin` tells, as plain values;
    `column_map_sha256` is the document of what the columns are made of. `is_increment` says that it was added to an
    earlier build, `why` how that was decided, `file` how its file was left (`file_stamp`), `failed_tests` which failed:
    only those that stop no build can.
    """

    log_batches_sha256: str
    tests_passed: int
    tests_failed: int
    read_entries: int | None
    made_by: Mapping[str, Any]
    column_map_sha256: str | None = None
    is_increment: bool = False
    why: str = ""
    file: Mapping[str, Any] | None = None
    failed_tests: Sequence[str] = ()


@contextmanager
def build_held(home: Path, wait_seconds: float = WAIT_SECONDS) -> Iterator[None]:
    """Hold the build file alone while the block runs; a dbt that a killed run left behind is ended first.

    Raises TransientSourceError that names the holder when it does not get free in time; ConfigurationError, with the
    free bytes, when the disk refuses.
    """
    with file_lock(home / "build.lock", "the warehouse build", wait_seconds):
        with disk_told("to see whether a killed run left its dbt behind", home):
            _end_orphan(_writer(home))
        _wait_for_writer(build_file(home), wait_seconds)
        yield


def note_writer(home: Path, pid: int) -> None:
    """Remember the process of the dbt that writes the build file."""
    try:
        started = psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return
    write_durably(_writer(home), json.dumps({"pid": pid, "started": started}).encode())


def whole_build(home: Path) -> WholeBuild | None:
    """Return the mark of the build file; None when a build was not whole, did not end, or never was."""
    try:
        return WholeBuild(**json.loads(_mark(home).read_text(encoding="utf-8")))
    except (FileNotFoundError, TypeError, ValueError):
        return None


def unmark(home: Path) -> WholeBuild | None:
    """Take the mark away before dbt writes; return it if a part may be built anew from the same batches."""
    build = whole_build(home)
    _mark(home).unlink(missing_ok=True)
    return build if build and build.log_batches_sha256 == projection_sha256(home) else None


def mark(home: Path, build: WholeBuild | None) -> None:
    """Mark the build file as whole, where it is, and keep which batches it has read."""
    if build is not None:
        write_durably(built_batches(home), _projection(home).read_bytes())
        write_durably(_mark(home), json.dumps(asdict(replace(build, file=file_stamp(home)))).encode())


def built_batches(home: Path) -> Path:
    """Return the path of the batches as the marked build has read them: the projection of then."""
    return build_file(home).with_name("built_batches.parquet")


def file_stamp(home: Path) -> dict[str, Any]:
    """Return by what a build file is known to be as it was left: size and instant of it and of its write-ahead log."""
    file = build_file(home)
    files = {"file": file, "wal": file.with_name(f"{file.name}.wal")}
    return {name: [path.stat().st_size, path.stat().st_mtime_ns] for name, path in files.items() if path.exists()}


def projection_sha256(home: Path) -> str:
    """Return the hash of the batches as they are projected now; lower-case hex."""
    return hashlib.sha256(_projection(home).read_bytes()).hexdigest()


def _projection(home: Path) -> Path:
    return home / "projection" / "log_batches.parquet"


def _mark(home: Path) -> Path:
    return build_file(home).with_name("whole_build.json")


def _writer(home: Path) -> Path:
    return build_file(home).with_name("dbt_process.json")


def _end_orphan(noted: Path) -> None:
    """End the noted process if it still runs: whoever holds the lock is not its run, thus that run is dead."""
    try:
        note = json.loads(noted.read_text(encoding="utf-8"))
        process = psutil.Process(note["pid"])
        if process.create_time() != note["started"]:
            return
        process.terminate()
        process.wait(ORPHAN_SECONDS)
    except psutil.TimeoutExpired:
        process.kill()
        process.wait(ORPHAN_SECONDS)
    except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
        return


def _wait_for_writer(file: Path, wait_seconds: float) -> None:
    """Wait until nobody writes the file; DuckDB refuses a second opener while one does."""
    deadline = time.monotonic() + wait_seconds
    while file.exists():
        try:
            duckdb.connect(str(file), read_only=True).close()
        except duckdb.Error as error:
            if not is_in_use(error):
                return  # Another fault of the file: dbt tells it better.
            if time.monotonic() >= deadline:
                raise _written(file, wait_seconds, error) from error
            time.sleep(_PAUSE_SECONDS)
        else:
            return


def _written(file: Path, wait_seconds: float, error: duckdb.Error) -> TransientSourceError:
    return TransientSourceError(
        tried=f"to open the warehouse build {file} within {wait_seconds:g} s",
        found=str(error),
        expected="no other process, and no other part of this one, that has it open",
        remedy="wait for what has it open (a process is named above) to end, or stop it, and run again; the last "
        "snapshot stays up",
    )
