"""How fast the reports answer: `python -m benchmarks.reports [--size small|full] [--json]`.

A snapshot is made by DuckDB (`made_snapshot`), the reports are served by two processes, and eight users at once open
dossiers, asset pages and searches while other snapshots are published. The bare DuckDB queries of the same pages run
on the same file in the same run, eight at once on cursors of one connection. Writes docs/benchmarks-reports.md.
`--json` prints one JSON object as the last line.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import httpx
import psutil

from benchmarks.made_snapshot import USES, USES_OF_ASSET, make_snapshot
from publish.snapshot import point_to
from reports.dossier import read_communications, read_dossier
from reports.search import search
from reports.where_used import read_asset, read_where_used

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks-reports.md"
SIZES = {"small": 400_000, "full": 40_000_000}
USERS = 8
WORKERS = 2
REQUESTS = {"small": 30, "full": 60}
"""Requests of each user for each page."""
SWAPS = 5
UNCERTAINTY_SECONDS = 300
PAGES = ("dossier", "asset", "search")


@dataclass(frozen=True)
class Ids:
    """What users ask for: communications and assets of the snapshot, drawn from a seed."""

    communications: int
    assets: list[str]

    def communication(self, chance: random.Random) -> str:
        """Return the id of a communication."""
        return f"COM-{chance.randrange(self.communications):010}"


def percentile(seconds: list[float], share: float) -> float:
    """Return a percentile in milliseconds."""
    return 1000 * statistics.quantiles(seconds, n=100)[round(100 * share) - 1]


@contextmanager
def served(home: Path) -> Iterator[tuple[str, psutil.Process]]:
    """Serve the reports of a home in processes of their own; give their address and the process that holds them."""
    told = {"ASSETTRAIL_HOME": str(home), "ASSETTRAIL_REPORTS__PORT": "0", "ASSETTRAIL_KEYS__FOLDER": str(home.parent)}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ASSETTRAIL_")}
    words = [str(Path(sys.executable).with_name("assettrail")), "reports", "serve", f"--workers={WORKERS}"]
    process = subprocess.Popen(words, env=kept | told, cwd=home.parent, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        found = re.search(r"http://\S+", process.stderr.readline())
        assert found is not None, "the reports did not start"
        with httpx.Client(base_url=found[0], timeout=300) as client:
            client.get("/health").raise_for_status()
        yield found[0], psutil.Process(process.pid)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def asked(address: str, ids: Ids, count: int) -> tuple[dict[str, list[float]], int]:
    """Return the seconds of each page's requests by users at once, and how many failed."""
    taken: dict[str, list[float]] = {page: [] for page in PAGES}
    failed = 0

    def user(number: int) -> int:
        chance, mistakes = random.Random(number), 0
        with httpx.Client(base_url=address, timeout=60, follow_redirects=False) as client:
            for _ in range(count):
                for page, path in (
                    ("dossier", f"/communications/{ids.communication(chance)}"),
                    ("asset", f"/assets/{chance.choice(ids.assets)}"),
                    ("search", f"/search?q={ids.communication(chance)[:-1]}"),
                ):
                    started = time.perf_counter()
                    answer = client.get(path)
                    taken[page].append(time.perf_counter() - started)
                    mistakes += answer.status_code != 200
        return mistakes

    with ThreadPoolExecutor(USERS) as pool:
        failed = sum(pool.map(user, range(USERS)))
    return taken, failed


def bare(database: Path, ids: Ids, count: int) -> dict[str, list[float]]:
    """Return the seconds of the same pages' queries, without any page."""
    taken: dict[str, list[float]] = {page: [] for page in PAGES}

    def timed(page: str, work: Callable[[], object]) -> None:
        started = time.perf_counter()
        work()
        taken[page].append(time.perf_counter() - started)

    def user(connection: duckdb.DuckDBPyConnection, number: int) -> None:
        chance = random.Random(number)
        with connection.cursor() as cursor:
            for _ in range(count):
                letter, asset = ids.communication(chance), chance.choice(ids.assets)
                timed("dossier", partial(_dossier, cursor, letter))
                timed("asset", partial(_asset, cursor, asset))
                part = ids.communication(chance)[:-1]
                timed("search", partial(search, cursor, part))

    with duckdb.connect(str(database), read_only=True, config={"threads": 2}) as connection:
        connection.execute("SET GLOBAL TimeZone = 'UTC'")
        with ThreadPoolExecutor(USERS) as pool:
            list(pool.map(lambda number: user(connection, number), range(USERS)))
    return taken


def _dossier(cursor: duckdb.DuckDBPyConnection, communication_id: str) -> object:
    return read_dossier(cursor, read_communications(cursor, communication_id)[0], UNCERTAINTY_SECONDS)


def _asset(cursor: duckdb.DuckDBPyConnection, asset_id: str) -> object:
    asset = read_asset(cursor, asset_id)
    assert asset is not None
    return read_where_used(cursor, asset, None)


def measured(size: str) -> dict[str, Any]:
    """Return the figures of one size."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        uses = SIZES[size]
        first = make_snapshot(home, "20260101T000000Z-00000001", uses)
        with duckdb.connect(str(first), read_only=True) as connection:
            found = connection.execute("select asset_id_cloudinary from marts.dim_assets limit 2000").fetchall()
        ids = Ids(uses // USES, [str(asset) for (asset,) in found])
        alone = bare(first, ids, REQUESTS[size])
        over, most = threading.Event(), 0.0
        with served(home) as (address, process):

            def publish() -> None:
                for step in range(SWAPS):
                    if over.wait(2.0):
                        return
                    name = f"20260101T000000Z-{step + 2:08}"
                    shutil.copytree(first.parent, home / "snapshots" / name, copy_function=os.link)
                    point_to(home, name)

            def watch() -> None:
                nonlocal most
                while not over.wait(0.2):
                    tree = [process, *process.children(recursive=True)]
                    most = max(most, sum(one.memory_full_info().pss for one in tree if one.is_running()) / (1 << 20))

            helpers = [threading.Thread(target=work) for work in (publish, watch)]
            for helper in helpers:
                helper.start()
            taken, failed = asked(address, ids, REQUESTS[size])
            over.set()
            for helper in helpers:
                helper.join()
    figures = {f"{page}_p95_ms": percentile(taken[page], 0.95) for page in PAGES}
    queries = {f"{page}_bare_p95_ms": percentile(alone[page], 0.95) for page in PAGES}
    ratios = {page: figures[f"{page}_p95_ms"] / queries[f"{page}_bare_p95_ms"] for page in PAGES}
    longest = 1000 * max(max(seconds) for seconds in taken.values())
    return {
        **figures,
        **queries,
        "ratio_to_bare_query": max(ratios.values()),
        "ratios": ratios,
        "server_mib": round(most),
        "failed_requests": failed,
        "requests": sum(map(len, taken.values())),
        "longest_ms": longest,
        "uses": uses,
        "assets": max(1, uses // USES_OF_ASSET),
    }


def page(size: str, found: dict[str, Any]) -> str:
    """Return docs/benchmarks-reports.md."""
    lines = [
        "# Benchmarks of the reports",
        "",
        f"Written by `python -m benchmarks.reports --size {size}` on {os.cpu_count()} cores: {found['uses']:,} asset",
        f"uses, {USERS} users at once, {WORKERS} processes, {found['requests']:,} requests, new snapshots meanwhile.",
        "The ratio is to the same pages' queries, asked of DuckDB by as many users at once in the same run.",
        "",
        "| page | p95 | bare queries p95 | ratio |",
        "|---|---:|---:|---:|",
        *(
            f"| {one} | {found[f'{one}_p95_ms']:.0f} ms | {found[f'{one}_bare_p95_ms']:.0f} ms "
            f"| {found['ratios'][one]:.1f} |"
            for one in PAGES
        ),
        "",
        f"The longest answer took {found['longest_ms']:.0f} ms, {found['failed_requests']} requests failed, and all",
        f"processes together held {found['server_mib']:,} MiB at the most. Wanted at 40,000,000 asset uses: p95 of at",
        "most 150 ms and 4 times the bare queries, no page above 500 ms, 1,536 MiB, no failed request.",
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Measure, print and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="small")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    found = measured(chosen.size)
    text = page(chosen.size, found)
    print(text)
    PAGE.write_text(text, encoding="utf-8")
    if chosen.json:
        print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
