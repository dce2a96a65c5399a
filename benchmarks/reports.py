"""How fast the reports answer: `python -m benchmarks.reports [--size small|full] [--json]`.

A snapshot is made by DuckDB (`made_snapshot`), the reports are served by two processes, and eight users at once open
dossiers, asset pages, searches and one after the other every other page, each time of another subject, while other
snapshots are published. The bare DuckDB queries of the same pages run on the same file in the same run, eight at once
on cursors of one connection. Every figure is the median of several rounds. Writes docs/benchmarks-reports.md.
`--json` prints one JSON object as the last line. `--home` keeps the snapshot in a folder and takes it from there.
"""

from __future__ import annotations

import argparse
import hashlib
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
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import httpx
import psutil

from assettrail.verdict_settings import VerdictSettings
from benchmarks.browsing import User, computed
from benchmarks.made_snapshot import USES, USES_OF_ASSET, make_snapshot
from publish.snapshot import point_to
from reports.dossier.questions import find_communications, read_dossier
from reports.reach import read_reach
from reports.remembered import Memory, remember
from reports.search import search
from reports.shelf import SPILL, limits_of
from reports.where_used.questions import read_asset, read_where_used
from reports.where_used.tally import read_tally

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks-reports.md"
SIZES = {"small": 400_000, "tenth": 4_000_000, "full": 40_000_000}
USERS = 8
WORKERS = 2
ROUNDS = 3
REQUESTS = {"small": 12, "tenth": 20, "full": 60}
"""Requests of each user for each page in a round."""
SWAPS = 2
"""Snapshots that are published in each round."""
VERDICTS = VerdictSettings(clock_uncertainty_seconds=300)
PAGES = ("dossier", "asset", "search")
SNAPSHOT = "20260101T000000Z-00000001"
OTHERS = {
    "overview": "/",
    "exceptions": "/exceptions",
    "exceptions of a control": "/exceptions?control=ctl_unapproved_asset_uses",
    "dispositions": "/dispositions",
    "partners": "/partners",
    "partner": "/partners/{partner}",
    "launches": "/launches",
    "launch": "/launches/{launch}",
    "brand": "/brand",
    "template": "/templates/{template}",
    "feedback": "/feedback",
    "feedback of a partner": "/feedback/{feedback}",
    "case": "/cases/{case}",
    "corrections": "/corrections",
    "recalls": "/recalls",
    "sign-off": "/sign-off",
    "sign-off of a month": "/sign-off/2025-07",
    "trust": "/trust",
    "snapshot": "/snapshot",
    "tables and examples of SQL": "/sql",
}
"""Every other page, by its address."""
SUBJECTS = {
    "partner": "select partner_id_trading_grid from marts.dim_partners",
    "launch": "select launch_id_trading_grid from marts.dim_launches",
    "template": "select template_id_exstream from marts.dim_templates",
    "feedback": "select feedback_id_trading_grid from marts.fct_feedback",
    "case": "select case_id_trading_grid from marts.fct_cases",
}


@dataclass(frozen=True)
class Subjects:
    """What users ask for: communications and assets of the snapshot by number, one of each other kind."""

    communications: int
    assets: int
    others: dict[str, str]

    def communication(self, chance: random.Random) -> str:
        """Return the id of a communication."""
        return f"COM-{chance.randrange(self.communications):010}"

    def asset(self, chance: random.Random) -> str:
        """Return the id of an asset."""
        return hashlib.md5(f"asset-{chance.randrange(self.assets)}".encode()).hexdigest()  # noqa: S324 - an id

    def other(self, path: str) -> tuple[str, str]:
        """Return the address of another page with the subject that it names, and that subject ("": it names none)."""
        _, _, name = path.partition("{")
        return path.format(**self.others), self.others.get(name.rstrip("}"), "")


@dataclass
class Answers:
    """What users got: seconds by page, what failed; what server and users computed for it, and how long all took."""

    seconds: dict[str, list[float]]
    failed: list[str]
    server_seconds: float = 0.0
    users_seconds: float = 0.0
    lasted_seconds: float = 0.0


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


def asked(address: str, process: psutil.Process, subjects: Subjects, count: int, round_number: int) -> Answers:
    """Return what users at once got, each for a subject of its own, all other pages in turn between the three."""
    answers = Answers({page: [] for page in (*PAGES, *OTHERS)}, [])
    others = [(page, *subjects.other(path)) for page, path in OTHERS.items()]

    def user(number: int) -> None:
        chance = random.Random(1_000 * round_number + number)
        with User(address) as one:
            for step in range(count):
                letter, asset = subjects.communication(chance), subjects.asset(chance)
                typed = subjects.communication(chance)[:-1]
                for page, path, mark in (
                    ("dossier", f"/communications/{letter}", letter),
                    ("asset", f"/assets/{asset}", asset),
                    ("search", f"/search?q={typed}", typed),
                    others[(number * count + step) % len(others)],
                ):
                    got = one.open(path, mark)
                    answers.seconds[page].append(got.seconds)
                    if got.problem is not None:
                        answers.failed.append(got.problem)

    of_server, of_users, started = computed(process), time.process_time(), time.perf_counter()
    with ThreadPoolExecutor(USERS) as pool:
        list(pool.map(user, range(USERS)))
    answers.server_seconds = computed(process) - of_server
    answers.users_seconds = time.process_time() - of_users
    answers.lasted_seconds = time.perf_counter() - started
    return answers


def bare(database: Path, subjects: Subjects, count: int, round_number: int) -> dict[str, list[float]]:
    """Return the seconds of the same pages' queries, without any page."""
    taken: dict[str, list[float]] = {page: [] for page in PAGES}

    def timed(page: str, work: Callable[[], object]) -> None:
        started = time.perf_counter()
        work()
        taken[page].append(time.perf_counter() - started)

    memory = Memory()

    def user(connection: duckdb.DuckDBPyConnection, number: int) -> None:
        chance = random.Random(1_000 * round_number + number)
        with connection.cursor() as cursor:
            remember(cursor, memory)
            for _ in range(count):
                timed("dossier", partial(_dossier, cursor, subjects.communication(chance)))
                timed("asset", partial(_asset, cursor, subjects.asset(chance)))
                timed("search", partial(search, cursor, subjects.communication(chance)[:-1]))

    settings: dict[str, Any] = dict(limits_of(database.parent.parent.parent / SPILL))
    with duckdb.connect(str(database), read_only=True, config=settings) as connection:
        connection.execute("SET GLOBAL TimeZone = 'UTC'")
        with ThreadPoolExecutor(USERS) as pool:
            list(pool.map(lambda number: user(connection, number), range(USERS)))
    return taken


def _dossier(cursor: duckdb.DuckDBPyConnection, communication_id: str) -> object:
    communication, rows = find_communications(cursor, communication_id)[0]
    return read_dossier(cursor, communication, VERDICTS, rows)


def _asset(cursor: duckdb.DuckDBPyConnection, asset_id: str) -> object:
    asset = read_asset(cursor, asset_id)
    assert asset is not None
    tally = read_tally(cursor, asset.asset_key)
    return read_where_used(cursor, asset, None, tally), read_reach(cursor, asset.asset_key, tally)


@contextmanager
def peak_of(process: psutil.Process) -> Iterator[list[float]]:
    """Watch what a process and its children hold in memory (PSS, MiB); the list's one number is the most."""
    over, most = threading.Event(), [0.0]

    def watch() -> None:
        while not over.wait(1.0):
            held = 0
            for one in (process, *process.children(recursive=True)):
                with suppress(psutil.NoSuchProcess):
                    held += one.memory_full_info().pss
            most[0] = max(most[0], held / (1 << 20))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield most
    finally:
        over.set()
        watcher.join()


@contextmanager
def publishing(home: Path, round_number: int) -> Iterator[None]:
    """Publish snapshots meanwhile: each a file of its own to DuckDB, its bytes shared with the first one."""
    over = threading.Event()

    def publish() -> None:
        for step in range(SWAPS):
            name = f"20260101T000000Z-{2 + round_number * SWAPS + step:08}"
            shutil.copytree(home / "snapshots" / SNAPSHOT, home / "snapshots" / name, copy_function=os.link)
            point_to(home, name)
            if over.wait(3.0):
                return

    with ThreadPoolExecutor(1) as publisher:
        published = publisher.submit(publish)
        try:
            yield
        finally:
            over.set()
        published.result()


def take_back(home: Path) -> None:
    """Remove what an earlier run published beside the first snapshot, and make that the current one again."""
    for folder in (home / "snapshots").glob("20*"):
        if folder.name != SNAPSHOT:
            shutil.rmtree(folder)
    point_to(home, SNAPSHOT)


def first_page_kib(address: str) -> float:
    """Return the size of the first page with all that it needs, in KiB, as a browser gets it."""
    with httpx.Client(base_url=address, timeout=60) as client:
        html = client.get("/")
        needed = dict.fromkeys(re.findall(r'(?:href|src)="(/static/[^"]+)"', html.text))
        return (len(html.content) + sum(len(client.get(path).content) for path in needed)) / 1024


def measured(size: str, kept: Path | None) -> dict[str, Any]:
    """Return the figures of one size."""
    with tempfile.TemporaryDirectory() as folder:
        home = (kept or Path(folder)) / "home"
        uses = SIZES[size]
        first = home / "snapshots" / SNAPSHOT / "assettrail.duckdb"
        if not first.with_name("manifest.json").exists():
            make_snapshot(home, SNAPSHOT, uses)
        take_back(home)
        subjects = subjects_of(first, uses)
        rounds: list[tuple[Answers, dict[str, list[float]]]] = []
        with served(home) as (address, process), peak_of(process) as peak:
            kib = first_page_kib(address)
            for number in range(ROUNDS):
                with publishing(home, number):
                    answers = asked(address, process, subjects, REQUESTS[size], number)
                rounds.append((answers, bare(first, subjects, REQUESTS[size], number)))
    return {**figures(rounds), "server_mib": round(peak[0]), "first_page_kib": kib, "uses": uses}


def subjects_of(database: Path, uses: int) -> Subjects:
    """Return what there is to ask for."""
    with duckdb.connect(str(database), read_only=True) as connection:
        others = {name: str(connection.execute(sql).fetchall()[0][0]) for name, sql in SUBJECTS.items()}
    return Subjects(uses // USES, max(1, uses // USES_OF_ASSET), others)


def figures(rounds: list[tuple[Answers, dict[str, list[float]]]]) -> dict[str, Any]:
    """Return the median of the rounds' figures."""
    median = statistics.median
    p95 = {page: median(percentile(answers.seconds[page], 0.95) for answers, _ in rounds) for page in PAGES}
    alone = {page: median(percentile(queries[page], 0.95) for _, queries in rounds) for page in PAGES}
    ratios = {page: p95[page] / alone[page] for page in PAGES}
    longest = {
        page: 1000 * median(max(answers.seconds[page]) for answers, _ in rounds if answers.seconds[page])
        for page in (*PAGES, *OTHERS)
    }
    failed = [problem for answers, _ in rounds for problem in answers.failed]
    requests = [sum(len(taken) for taken in answers.seconds.values()) for answers, _ in rounds]
    each = [(answers, count) for (answers, _), count in zip(rounds, requests, strict=True)]
    return {
        **{f"{page}_p95_ms": p95[page] for page in PAGES},
        **{f"{page}_bare_p95_ms": alone[page] for page in PAGES},
        "ratio_to_bare_query": max(ratios.values()),
        "ratios": ratios,
        "failed_requests": len(failed),
        "failures": failed[:10],
        "requests": sum(requests),
        "server_ms_per_request": 1000 * median(answers.server_seconds / count for answers, count in each),
        "users_ms_per_request": 1000 * median(answers.users_seconds / count for answers, count in each),
        "round_seconds": median(answers.lasted_seconds for answers, _ in each),
        "longest_ms": longest,
    }


def page(size: str, found: dict[str, Any]) -> str:
    """Return docs/benchmarks-reports.md."""
    longest = sorted(found["longest_ms"].items(), key=lambda item: -item[1])
    lines = [
        "# Benchmarks of the reports",
        "",
        f"Written by `python -m benchmarks.reports --size {size}` on {os.cpu_count()} cores: {found['uses']:,} asset",
        f"uses, {USERS} users at once without a pause, {WORKERS} processes, {found['requests']:,} requests over HTTP,",
        f"each for another subject. {SWAPS} new snapshots are published in each of {ROUNDS} rounds of",
        f"{found['round_seconds']:.0f} seconds; the median counts. The users compute on the same cores: each has its",
        "own connections and looks at the status of an answer, at its end, and for its subject in it. A request took",
        f"{found['server_ms_per_request']:.1f} ms of computing in the",
        f"server and {found['users_ms_per_request']:.1f} ms in the users. The ratio is to the same pages' queries,",
        "asked of DuckDB by as many users at once in the same run, with the settings of the server.",
        "",
        "| page | p95 | bare queries p95 | ratio |",
        "|---|---:|---:|---:|",
        *(
            f"| {one} | {found[f'{one}_p95_ms']:.0f} ms | {found[f'{one}_bare_p95_ms']:.0f} ms "
            f"| {found['ratios'][one]:.1f} |"
            for one in PAGES
        ),
        "",
        f"{found['failed_requests']} requests failed, and all processes together held {found['server_mib']:,} MiB at",
        f"the most (what they share counts once). The first page is {found['first_page_kib']:.0f} KiB with all that it",
        "needs. Wanted at 40,000,000 asset uses: p95 of at most 150 ms and 4 times the bare queries, no page above 500",
        "ms, 1,536 MiB, no failed request, 110 KB.",
        "",
        "The longest answer of every page, meanwhile:",
        "",
        "| page | longest |",
        "|---|---:|",
        *(f"| {one} | {taken:.0f} ms |" for one, taken in longest),
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Measure, print and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="small")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--home", type=Path, default=None)
    chosen = parser.parse_args()
    found = measured(chosen.size, chosen.home)
    text = page(chosen.size, found)
    print(text)
    PAGE.write_text(text, encoding="utf-8")
    if chosen.json:
        print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
