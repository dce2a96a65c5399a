"""What is tortured: opening a home, landing two streams, a build file, publishing; and what must hold afterwards.

Here belongs the work and its judge. Where and how it is hurt is `failpoints`.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import duckdb
import polars as pl

from assettrail.clock import FixedClock
from assettrail.errors import ContractBroken
from assettrail.settings import KeySettings, Settings
from evidence.keys import create_keys, load_verification_key
from evidence.verify import verify_log
from ingest.landing_store import LandingStore
from ingest.run import ingest_stream
from orchestration.build_lock import build_held
from publish.files import build_file
from publish.reading import connect, current_snapshot, snapshot_names
from publish.snapshot import BuildOutcome, publish
from quality.whole_evidence import verify_landing
from tests.torture.vendor import BROKEN, COMMUNITIES, MESSAGES, NOON, Vendor
from tests.unit.landing.stores import accept

PASSED = BuildOutcome(checks_passed=1, checks_failed=0)


def settings_in(folder: Path) -> Settings:
    """Settings of the installation in a folder."""
    return Settings(home=folder / "home", keys=KeySettings(folder=folder / "keys"))


def prepare(folder: Path) -> None:
    """Make the keys and the vendor's folder of a new installation."""
    settings = settings_in(folder)
    create_keys(settings.keys.folder, settings.evidence.log_origin)
    (folder / "vendor").mkdir()


def run(folder: Path, lock_wait_seconds: float = 5.0) -> None:
    """Land everything, build and publish: what a run of the house does, without Dagster and dbt."""
    store = LandingStore.open(settings_in(folder), FixedClock(NOON), lock_wait_seconds)
    vendor = Vendor(folder / "vendor", store.put_raw)
    for stream in vendor.streams():
        ingest_stream(vendor, stream, store, accept)
    with build_held(store.home, lock_wait_seconds):
        _built(store)
        publish(store, store.home, PASSED)


def violations(folder: Path, expected: dict[str, str]) -> list[str]:
    """What does not hold of a home in which a run has ended: each of I1 to I6 in words; none is right."""
    settings = settings_in(folder)
    found = []
    verify_log(settings.home / "log", load_verification_key(settings.keys.folder))
    store = LandingStore.open(settings, FixedClock(NOON))
    verify_landing(settings.home, store.log, raw_store=store.raw)
    landed = Counter(_ids(settings.home, "accesses", "access_id"))
    if missing := {f"A-{n}" for n in set(range(MESSAGES)) - BROKEN} - set(landed):
        found.append(f"I2: lost {sorted(missing)}")
    if doubled := [key for key, count in landed.items() if count > 1]:
        found.append(f"I3: landed twice {doubled}")
    communities = Counter(_ids(settings.home, "communities", "community_id"))
    if communities != Counter({f"C-{n}": 1 for n in range(COMMUNITIES)}):
        found.append(f"I3: communities {dict(communities)}")
    refused = Counter(_quarantined(settings.home))
    if refused != Counter(BROKEN):
        found.append(f"I6: quarantine holds {dict(refused)}")
    if (content := published(settings.home)) != expected:
        found.append(f"I4: content {content}")
    return found


def half_published(home: Path) -> list[str]:
    """What a reader sees that is not whole (I5), at any moment; a home without a snapshot shows nothing."""
    if not snapshot_names(home) or not (home / "snapshots" / "current").is_symlink():
        return []
    snapshot = current_snapshot(home)
    with connect(snapshot) as connection:
        rows = {
            name: connection.execute(f"SELECT count(*) FROM {name}").fetchone() for name in snapshot.manifest["tables"]
        }
    return [f"I5: {name}" for name, row in rows.items() if row != (snapshot.manifest["tables"][name]["rows"],)]


def published(home: Path) -> dict[str, str]:
    """The content hashes of the current snapshot."""
    return {name: table["content_hash"] for name, table in current_snapshot(home).manifest["tables"].items()}


def _built(store: LandingStore) -> None:
    """Build as dbt does: in the run it is a process of its own, so that all of its errors come as its exit code."""
    try:
        _build(store)
    except (duckdb.Error, OSError) as error:
        raise ContractBroken("to build the warehouse", str(error), "an end without errors", "build again") from error


def _build(store: LandingStore) -> None:
    """A build file of what has landed; as dbt's, it is written anew beside and never the published one."""
    path = build_file(store.home)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    landed = store.home / "landing" / "trading_grid"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE SCHEMA marts; CREATE SCHEMA controls; CREATE SCHEMA reports; CREATE SCHEMA rules")
        connection.execute(
            "CREATE TABLE marts.fct_exceptions (exception_key VARCHAR, control_name VARCHAR, subject_id VARCHAR)"
        )
        for stream in ("accesses", "communities"):
            connection.execute(
                f"CREATE TABLE marts.fct_{stream} AS SELECT * EXCLUDE (_load_id, _loaded_at, _raw_hash) "
                f"FROM read_parquet('{landed}/{stream}/date=*/*.parquet', hive_partitioning = false)"
            )
        connection.execute(
            "CREATE TABLE marts.fct_claims AS SELECT TIMESTAMPTZ '2026-02-01 12:00:00Z' AS window_to, "
            "true AS is_complete, 'accepted' AS outcome, 'trading_grid' AS system_code, 'accesses' AS stream_name"
        )
        connection.execute(
            "CREATE TABLE rules.evaluation_streams AS SELECT 'publication' AS subject_type, "
            "'trading_grid' AS system_code, 'accesses' AS stream_name"
        )
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _ids(home: Path, stream: str, column: str) -> list[str]:
    files = sorted((home / "landing" / "trading_grid" / stream).glob("date=*/*.parquet"))
    return [value for path in files for value in pl.read_parquet(path, hive_partitioning=False)[column].to_list()]


def _quarantined(home: Path) -> list[int]:
    files = sorted((home / "quarantine" / "trading_grid" / "accesses").glob("*.parquet"))
    return [value for path in files for value in pl.read_parquet(path)["offset"].to_list()]
