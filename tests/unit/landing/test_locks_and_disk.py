"""Two runs at once, and a disk that refuses: bounded, said, and nothing half done."""

import subprocess
import sys
import threading
from pathlib import Path

import polars as pl
import pytest

from assettrail.errors import TransientSourceError
from ingest.landing import land
from tests.unit.landing.stores import EVENTS, accept, access, extract_of, open_store

PROJECT = Path(__file__).resolve().parents[3]

HOLDER = """
import sys, time
from pathlib import Path
from tests.unit.landing.stores import open_store
with open_store(Path(sys.argv[1])).locked("trading_grid", "accesses"):
    print("held", flush=True)
    time.sleep(60)
"""

FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from assettrail.errors import ConfigurationError
from ingest.landing import land
from tests.unit.landing.stores import EVENTS, accept, access, extract_of, open_store
store = open_store(Path(sys.argv[1]))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1500, 1500))
try:
    land(store, EVENTS, extract_of([access(n, partner_id=f"partner {n * 7919}") for n in range(400)]), accept)
except ConfigurationError as error:
    print(error)
"""


def test_a_second_run_waits_and_then_says_who_holds_the_stream(tmp_path: Path) -> None:
    """Waiting for ever for a hung run, or landing beside it, are both worse than a message with its process id."""
    store = open_store(tmp_path, lock_wait_seconds=0.2)
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(TransientSourceError, match=f"process {holder.pid}"):
            land(store, EVENTS, extract_of([access(1)]), accept)
        open_store(tmp_path)
    finally:
        holder.kill()
        holder.wait()
    assert land(store, EVENTS, extract_of([access(1)]), accept).rows == 1


def test_threads_that_land_the_same_events_land_them_once(tmp_path: Path) -> None:
    """Dagster may run two jobs in one process: the lock must hold between threads of one store, too."""
    store = open_store(tmp_path)
    counts: list[int] = []

    def run() -> None:
        counts.append(land(store, EVENTS, extract_of([access(n) for n in range(50)]), accept).rows)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counts) == [0, 0, 0, 50]


def test_a_full_disk_names_the_file_and_the_free_bytes_and_the_next_run_lands(tmp_path: Path) -> None:
    """A write that the system refuses must say where and how much room there is, and leave nothing half done."""
    open_store(tmp_path)
    refused = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert refused.returncode == 0, refused.stderr
    assert f"{tmp_path}/home/landing/trading_grid/accesses" in refused.stdout
    assert "bytes are free on the disk" in refused.stdout

    store = open_store(tmp_path)
    assert list(store.log.entries()) == []
    values = [access(n, partner_id=f"partner {n * 7919}") for n in range(400)]
    batch = land(store, EVENTS, extract_of(values), accept)
    assert batch.path is not None
    assert batch.path.stat().st_size > 1500
    assert pl.read_parquet(batch.path, hive_partitioning=False).height == 400
