"""How fast ingest is, against named references in the same run: `python -m benchmarks.ingest [--size small|full]`.

Every figure is a ratio of medians measured alternately on this machine; seconds are shown beside. `--json` prints one
JSON object as the last line. Great Expectations is imported before the clock starts: a run of the house imports it
once. At full size it writes docs/benchmarks-ingest.md.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from cloudinary.utils import cloudinary_url
from lxml import etree

from assettrail.clock import FixedClock
from assettrail.demo.processes import PeakMemory
from assettrail.settings import KeySettings, Settings
from benchmarks.made_reports import listing_page, write_delivery_file, write_run
from benchmarks.stages import shares
from evidence.keys import create_keys
from ingest.cloudinary.delivery_url import parse_delivery_url
from ingest.cloudinary.streams import resource_values
from ingest.exstream.delivery_file import delivery_batches
from ingest.exstream.drop_folder import open_drop_folder
from ingest.landing import Gate
from ingest.landing_store import LandingStore
from ingest.reading import Reading
from ingest.run import ingest_streams
from quality.gate import great_expectations_gate
from tests.unit.landing.stores import NOON

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "benchmarks-ingest.md"
DLT_LINES = 2_000
XML_ROUNDS = 3
URL_ROUNDS = 7
LARGEST_KEPT_XML = 200_000_000
STAGES_OF = 5
"""The shares of the stages are taken of a fifth of the report."""


@dataclass(frozen=True)
class Size:
    """How much is measured: communications of the report, bytes of XML, pages, addresses, landed uses, and rounds."""

    communications: int
    xml_bytes: int
    pages: int
    urls: int
    landed: tuple[int, int]
    rounds: int


SIZES = {
    "small": Size(100_000, 20_000_000, 20, 5_000, (5_000, 20_000), 1),
    "full": Size(500_000, 2_000_000_000, 200, 50_000, (25_000, 2_500_000), 3),
}
"""`landed` counts communications of four uses: 100,000 and 10,000,000 uses at full size."""


def seconds(work: Callable[[], Any]) -> float:
    """How long a call takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def ratio(rounds: int, ours: Callable[[], Any], reference: Callable[[], Any]) -> tuple[float, float, float]:
    """Median seconds of ours and of the reference, taken in turns, and ours divided by the reference."""
    pairs = [(seconds(reference), seconds(ours)) for _ in range(rounds)]
    of_reference, of_ours = (statistics.median(values) for values in zip(*pairs, strict=True))
    return of_ours, of_reference, of_ours / of_reference


class Installation:
    """A home that is made anew for each landing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.settings = Settings(home=folder / "home", keys=KeySettings(folder=folder / "keys"))

    def empty(self) -> None:
        """Forget everything that landed."""
        shutil.rmtree(self._folder, ignore_errors=True)
        create_keys(self.settings.keys.folder, self.settings.evidence.log_origin)

    def land(self, run: Path, gate: Gate = great_expectations_gate) -> int:
        """Land all streams of an output folder through a gate, into the log; return the number of rows."""
        store = LandingStore.open(self.settings, FixedClock(NOON))
        source = open_drop_folder(self.settings, store, run)
        landed = ingest_streams(source, source.streams(), store, gate)
        return sum(batch.rows for _, batches in landed for batch in batches)


def duckdb_seconds(report: Path, target: Path) -> float:
    """The reference of the report: DuckDB's own reader of the same file into Parquet, on two threads.

    In a process of its own, so that the memory that it keeps is not counted as ours.
    """
    words = [sys.executable, "-m", "benchmarks.duckdb_reading", report, target]
    return float(subprocess.run(words, check=True, capture_output=True, text=True).stdout)


def report_figures(folder: Path, size: Size) -> dict[str, Any]:
    """The asset-use report: against DuckDB on the same file, and against dlt on a slice of it."""
    report = write_run(folder / "run", 0, size.communications)
    write_run(folder / "warm", 0, 200)
    write_run(folder / "part", 0, size.communications // STAGES_OF)
    installation = Installation(folder / "installation")
    land_anew(installation, folder / "warm")

    def ours() -> None:
        assert land_anew(installation, folder / "run") > size.communications

    stages = shares(partial(land_anew, installation, folder / "part"), great_expectations_gate)

    pairs = []
    peak = 0.0
    for _ in range(size.rounds):
        reference = duckdb_seconds(report, folder / "reference.parquet")
        with PeakMemory() as memory:
            pairs.append((seconds(ours), reference))
        peak = max(peak, memory.mib)
    taken, reference = (statistics.median(values) for values in zip(*pairs, strict=True))
    dlt = dlt_seconds(report, folder / "dlt")
    per_line = taken / size.communications
    return {
        "seconds": taken,
        "seconds_of_duckdb": reference,
        "ratio_to_duckdb": taken / reference,
        "seconds_of_dlt_slice": dlt,
        "times_faster_than_dlt": dlt / DLT_LINES / per_line,
        "peak_mib": round(peak),
        "shares": stages,
    }


def land_anew(installation: Installation, run: Path, gate: Gate = great_expectations_gate) -> int:
    """Land an output folder into a home where nothing has landed."""
    installation.empty()
    return installation.land(run, gate)


def dlt_seconds(report: Path, folder: Path) -> float:
    """Seconds of dlt for a slice, in an environment of its own that is made from `dlt.lock`."""
    python = HERE / ".dlt" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", HERE / ".dlt"], check=True)
        uv = Path(sys.executable).with_name("uv")
        install = ["pip", "sync", "--quiet", "--require-hashes", "--python", python, HERE / "dlt.lock"]
        subprocess.run([uv, *install], check=True)
    words = [python, HERE / "dlt_slice.py", report, str(DLT_LINES), folder]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    shown = subprocess.run(words, check=True, capture_output=True, text=True, env=environment)
    return float(shown.stdout.splitlines()[-1])


def xml_figures(folder: Path, size: Size) -> dict[str, Any]:
    """The delivery file: against loops of lxml's iterparse; peak memory at full size, ratios at no more than a tenth.

    The empty loop keeps the whole tree, so that the file must fit into memory; the other one lets each element go.
    """
    path, large = folder / "delivery.xml", folder / "large.xml"
    write_delivery_file(path, min(size.xml_bytes, LARGEST_KEPT_XML))
    write_delivery_file(large, size.xml_bytes)

    def ours() -> None:
        with path.open("rb") as file:
            assert sum(len(batch.outputs) for batch in delivery_batches(file)) > 1000

    def empty() -> None:
        for _ in etree.iterparse(str(path)):
            pass

    def clearing() -> None:
        for _, element in etree.iterparse(str(path)):
            element.clear()

    taken, of_reference, found = ratio(XML_ROUNDS, ours, empty)
    _, _, to_clearing = ratio(XML_ROUNDS, ours, clearing)
    words = [sys.executable, "-m", "benchmarks.delivery_peak", large]
    shown = subprocess.run(words, check=True, capture_output=True, text=True)
    return {
        "seconds": taken,
        "seconds_of_iterparse": of_reference,
        "ratio": found,
        "ratio_to_a_clearing_loop": to_clearing,
        "peak_mib": int(shown.stdout),
    }


def listing_figures(size: Size) -> dict[str, Any]:
    """Cloudinary listing pages: against `json.loads` of the same pages."""
    pages = [listing_page(number) for number in range(size.pages)]

    def ours() -> None:
        reading = Reading()
        for page in pages:
            reading.read_each(json.loads(page)["resources"], resource_values, "uri", "0" * 64, body=page)
        assert len(reading.rows) == 500 * size.pages

    taken, reference, found = ratio(3, ours, lambda: [json.loads(page) for page in pages])
    return {"seconds": taken, "seconds_of_json": reference, "ratio": found}


def url_figures(size: Size) -> dict[str, Any]:
    """Delivery URLs: distinct ones against the SDK that builds them, repeated ones against distinct ones."""
    chance = random.Random(5)
    options = [
        {"width": chance.randrange(50, 2000), "crop": "limit", "quality": "auto", "version": 1768000000 + n}
        for n in range(size.urls)
    ]
    ids = [f"brand/legal/skyline-{n}" for n in range(size.urls)]

    def build() -> list[str]:
        return [cloudinary_url(i, cloud_name="demo", format="jpg", **o)[0] for i, o in zip(ids, options, strict=True)]

    urls = build()
    repeated = [chance.choice(urls[: max(1, size.urls // 100)]) for _ in urls]

    def parse(addresses: list[str]) -> None:
        for address in addresses:
            parse_delivery_url(address)

    forget: Callable[[], None] = getattr(parse_delivery_url, "cache_clear", lambda: None)

    def distinct() -> None:
        forget()
        parse(urls)

    ours, sdk, _ = ratio(URL_ROUNDS, distinct, build)
    again, _, _ = ratio(URL_ROUNDS, lambda: parse(repeated), lambda: None)
    return {"distinct_times_the_sdk": sdk / ours, "repeated_times_distinct": ours / again}


def growth_figures(folder: Path, size: Size) -> dict[str, Any]:
    """Landing the same new run on top of little and of much that landed before."""
    taken = {}
    for landed in size.landed:
        installation = Installation(folder / f"grown-{landed}")
        installation.empty()
        for first in range(0, landed, 250_000):
            write_run(folder / "before", 10_000_000 + first, min(250_000, landed - first))
            installation.land(folder / "before")
            shutil.rmtree(folder / "before")
        new = []
        for number in range(size.rounds):
            run = folder / "new"
            write_run(run, 90_000_000 + number * 100_000, size.landed[0])
            new.append(seconds(partial(installation.land, run)))
            shutil.rmtree(run)
        taken[landed] = statistics.median(new)
    small, large = size.landed
    return {"seconds_on_little": taken[small], "seconds_on_much": taken[large], "ratio": taken[large] / taken[small]}


def measured(size: Size) -> dict[str, Any]:
    """All figures of a size."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return {
            "report": report_figures(folder, size),
            "delivery_xml": xml_figures(folder, size),
            "listing": listing_figures(size),
            "urls": url_figures(size),
            "growth": growth_figures(folder, size),
        }


def page(size: str, found: dict[str, Any]) -> str:
    """Return docs/benchmarks-ingest.md."""
    chosen, report = SIZES[size], found["report"]
    rows = [
        (
            "Asset-use report, file to landed and logged, against DuckDB's read_json to Parquet",
            report["ratio_to_duckdb"],
            "≤ 2.5",
        ),
        (
            f"The same, times faster than dlt with its defaults (a slice of {DLT_LINES:,} lines)",
            report["times_faster_than_dlt"],
            "≥ 25",
        ),
        ("Delivery XML against an empty loop over lxml's iterparse", found["delivery_xml"]["ratio"], "≤ 2"),
        (
            "Delivery XML against a loop that lets each element go",
            found["delivery_xml"]["ratio_to_a_clearing_loop"],
            "",
        ),
        ("Cloudinary listing pages against json.loads", found["listing"]["ratio"], "≤ 3"),
        (
            "Distinct delivery URLs parsed, times the rate of the SDK that builds them",
            found["urls"]["distinct_times_the_sdk"],
            "≥ 3",
        ),
        ("Repeated delivery URLs, times the rate of distinct ones", found["urls"]["repeated_times_distinct"], "≥ 10"),
        ("A run on top of much, against the same on top of little", found["growth"]["ratio"], "≤ 1.3"),
    ]
    about = (
        f"{chosen.communications:,} communications with {4 * chosen.communications:,} uses, "
        f"{chosen.xml_bytes // 1_000_000:,} MB of XML."
    )
    memory = (
        f"Peak memory of the report's landing, all processes: {report['peak_mib']:,} MiB (≤ 1,024); of reading the "
        f"XML: {found['delivery_xml']['peak_mib']:,} MiB (≤ 300). The report took {report['seconds']:.1f} s, DuckDB "
        f"{report['seconds_of_duckdb']:.1f} s."
    )
    shares_of = (
        f"Shares of the stages, by the clock, of a report with {chosen.communications // STAGES_OF:,} communications "
        "that is read by one process (a large report is read by several):"
    )
    lines = [
        "# Benchmarks of ingest",
        "",
        f"Written by `python -m benchmarks.ingest --size {size}` on {os.cpu_count()} cores; every ratio is of one run.",
        about,
        "",
        "| what | measured | wanted |",
        "|---|---:|---:|",
        *(f"| {what} | {value:.2f} | {wanted} |" for what, value, wanted in rows),
        "",
        memory,
        "",
        shares_of,
        "",
        "| stage | share |",
        "|---|---:|",
        *(f"| {stage} | {share:.1%} |" for stage, share in report["shares"].items()),
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Measure, print, and write the page at full size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="small")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    found = measured(SIZES[chosen.size])
    text = page(chosen.size, found)
    print(text)
    if chosen.size == "full":
        PAGE.write_text(text, encoding="utf-8")
    if chosen.json:
        report = found["report"]
        top = {name: report[name] for name in ("ratio_to_duckdb", "times_faster_than_dlt", "peak_mib")}
        print(json.dumps(top | found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
