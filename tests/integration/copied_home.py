"""A copy of the played home that a test may spoil, and the real command line run on it.

Here belong copying, running and comparing. What is tried on a copy is written in the tests. A copy has the keys, the
log and the sandbox of the original, so that it goes on where the original stands; the original is never written to.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import httpx

from assettrail.demo.installation import Installation, write_settings
from publish.content import CLAIM_TABLES
from publish.reading import connect, current_snapshot
from tests.warm_processes import run_assettrail


@dataclass(frozen=True)
class Facts:
    """What must not change when a command fails: the log's size and root, the landed files, the current snapshot."""

    checkpoint: bytes
    landed: frozenset[str]
    snapshot: str


def endpoints_of(installation: Installation) -> dict[str, Any]:
    """Return the addresses and credentials of the sandbox that runs for an installation."""
    endpoints: dict[str, Any] = json.loads((installation.sandbox / "endpoints.json").read_text(encoding="utf-8"))
    return endpoints


def copied(
    original: Installation, folder: Path, endpoints: Mapping[str, Any] | None = None, without: tuple[str, ...] = ()
) -> Installation:
    """Copy home and keys into `folder`, leaving out these folders of home, with settings for these endpoints."""
    copy = Installation(folder)
    shutil.copytree(original.keys, copy.keys)
    shutil.copytree(original.home, copy.home, symlinks=True, ignore=_top_level(original.home, without))
    write_settings(copy, endpoints or endpoints_of(original))
    return copy


def empty(original: Installation, folder: Path) -> Installation:
    """Make an installation with the keys and the sandbox of the original, and nothing landed."""
    return copied(original, folder, without=tuple(path.name for path in original.home.iterdir()))


def _top_level(home: Path, names: tuple[str, ...]) -> Any:
    return lambda folder, entries: [name for name in entries if Path(folder) == home and name in names]


def assettrail(
    installation: Installation, *words: str, largest_file: int | None = None, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run a command as a user does; `settings` are variables without prefix, `largest_file` bytes fill the disk."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("ASSETTRAIL_")}
    env |= {"ASSETTRAIL_CONFIG": str(installation.config)}
    env |= {f"ASSETTRAIL_{name}": value for name, value in settings.items()}
    return run_assettrail(*words, env=env, largest_file=largest_file)


def told(shown: subprocess.CompletedProcess[str], *kinds: str) -> str:
    """Return the message of a failed command: exit code 1, one of these kinds, the four parts, and nothing else."""
    assert shown.returncode == 1, shown.stdout + shown.stderr
    parts = re.fullmatch(
        r"(?P<kind>\w+)\ntried: .+\nfound: .+\nexpected: .+\nwhat to do: .+\n", shown.stderr, flags=re.DOTALL
    )
    assert parts is not None, shown.stderr
    assert parts["kind"] in kinds, shown.stderr
    assert shown.stderr.count("tried: ") == 1, shown.stderr
    assert "Traceback" not in shown.stderr
    assert "Error 0x" not in shown.stderr
    return shown.stderr


def facts(home: Path) -> Facts:
    """Return what stands in a home."""
    return Facts(
        checkpoint=(home / "log" / "checkpoint").read_bytes(),
        landed=frozenset(str(path.relative_to(home)) for path in home.glob("landing/*/*/date=*/*.parquet")),
        snapshot=current_snapshot(home).name,
    )


def is_served(home: Path) -> bool:
    """Return whether the current snapshot opens and every table has the rows of its manifest."""
    snapshot = current_snapshot(home)
    with connect(snapshot) as connection:
        counts = {
            name: connection.execute(f"SELECT count(*) FROM {name}").fetchone() for name in snapshot.manifest["tables"]
        }
    return all(count == (snapshot.manifest["tables"][name]["rows"],) for name, count in counts.items())


def content(home: Path) -> dict[str, str]:
    """Return the content hash of every published table but those that tell of runs."""
    tables = current_snapshot(home).manifest["tables"]
    return {name: table["content_hash"] for name, table in tables.items() if name not in CLAIM_TABLES}


def landed_rows(home: Path, system: str) -> dict[str, set[str]]:
    """Return the hashes of a system's landed rows by stream."""
    pattern = str(home / "landing" / system / "*" / "date=*" / "*.parquet")
    with duckdb.connect(":memory:") as connection:
        found = connection.execute(
            "SELECT DISTINCT string_split(filename, '/')[-3], _row_hash "
            "FROM read_parquet(?, filename = true, union_by_name = true, hive_partitioning = false)",
            [pattern],
        ).fetchall()
    rows: dict[str, set[str]] = {}
    for stream, row_hash in found:
        rows.setdefault(str(stream), set()).add(str(row_hash))
    return rows


@contextmanager
def fault(endpoints: Mapping[str, Any], service: str, **knobs: object) -> Iterator[None]:
    """Turn knobs of one of the sandbox's services while the block runs."""
    address = f"{endpoints[service]['base_url']}/_sandbox/knobs"
    httpx.post(address, json={"service": service, **knobs}, timeout=30).raise_for_status()
    try:
        yield
    finally:
        httpx.post(address, json={"service": service, "reset": True}, timeout=30).raise_for_status()
