"""A real SIGKILL at every step of landing: the next run completes, and nothing is lost or doubled."""

import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from evidence.leaves import BatchLeaf, decode_leaf
from ingest.landed_files import landed_file
from ingest.run import ingest_stream
from tests.unit.landing.killed_ingest import TenAccesses
from tests.unit.landing.stores import accept, open_store

PROJECT = Path(__file__).resolve().parents[3]

POINTS = {
    "before the quarantine file is written": "ingest.landing:write_quarantine:1",
    "while the quarantine file is half written": "os:fsync:1",
    "between quarantine and rows": "ingest.landing:write_rows:1",
    "before the Parquet file gets its name": "evidence.durable:_replace:2",
    "between Parquet and gate": "ingest.landing:_claim:1",
    "before the log is touched": "evidence.log:Log.append:1",
    "in the log, before the checkpoint": "evidence.log:write_durably:1",
    "after the leaf, before the acknowledgement": "tests.unit.landing.killed_ingest:TenAccesses.acknowledge:1",
    "in the second batch, before its leaf": "evidence.log:Log.append:2",
    "after the second leaf": "tests.unit.landing.killed_ingest:TenAccesses.acknowledge:2",
}


@pytest.mark.parametrize("point", POINTS.values(), ids=POINTS.keys())
def test_a_kill_loses_and_doubles_nothing(tmp_path: Path, point: str) -> None:
    """Whatever instant the machine dies at, each event stands once in a logged file and the source is at its end."""
    open_store(tmp_path)
    command = [sys.executable, "-m", "tests.unit.landing.killed_ingest", str(tmp_path), point]
    killed = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr

    store = open_store(tmp_path)
    ingest_stream(TenAccesses(tmp_path), "accesses", store, accept)

    files = [path for batch in store.ledger.batches() if (path := landed_file(store, batch))]
    assert sorted(files) == sorted((tmp_path / "home/landing").glob("*/*/date=*/*.parquet"))
    rows = pl.concat([pl.read_parquet(path, hive_partitioning=False) for path in files])
    assert Counter(rows["access_id"]) == Counter(f"A-{number}" for number in range(10))
    quarantine = sorted(store.quarantine_folder("trading_grid", "accesses").iterdir())
    assert [pl.read_parquet(path).height for path in quarantine] == [1]
    leaves = [decode_leaf(entry) for _, entry in store.log.entries()]
    assert sum(leaf.rows for leaf in leaves if isinstance(leaf, BatchLeaf)) == 10
    assert store.cursor("trading_grid", "accesses") == {"next": 10}
    assert not list((tmp_path / "home").glob("**/.writing-*"))
