"""The default demo, step by step: seconds and peak memory, the median of several runs, into docs/benchmarks.md.

Machines are shared and noisy: figures are medians, and the seconds of processors, of all processes together, say more
than those on the clock.
Run with `make bench`, or `python benchmarks/demo_steps.py --runs 1 --communications 2000` for a quick look.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGE = DOCS / "benchmarks.md"
ASSETTRAIL = Path(sys.executable).with_name("assettrail")


def demo(communications: int, folder: Path) -> dict[str, Any]:
    """Run the demo once and return its summary."""
    shown = subprocess.run(
        [ASSETTRAIL, "demo", "--communications", str(communications), "--folder", str(folder), "--json"],
        stdout=subprocess.PIPE,
        check=True,
    )
    summary: dict[str, Any] = json.loads(shown.stdout)
    return summary


def page(summaries: list[dict[str, Any]], communications: int) -> str:
    """Return docs/benchmarks.md."""
    steps = {name: [summary["seconds"][name] for summary in summaries] for name in summaries[0]["seconds"]}
    medians = {name: statistics.median(values) for name, values in steps.items()}
    computed = {name: statistics.median(one["processor_seconds"][name] for one in summaries) for name in steps}
    rows = summaries[0]["rows"]
    volume = (
        f"{len(summaries)} run(s) on {os.cpu_count()} cores, sandbox and scenario included, set-up excluded. "
        f"{rows['exstream/asset_uses']:,} asset uses, {rows['cloudinary/notifications']:,} Cloudinary notifications, "
        f"{rows['trading_grid/publications']:,} publication states. "
        "Bounds for the default size: total under 300 s, peak under 3,072 MiB."
    )
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench`. Machines are shared and noisy: medians, and what processors computed. Beside it:",
        "how fast [large inputs land](benchmarks-ingest.md), how [the verdict's models grow](benchmarks-warehouse.md),",
        "how fast [the reports answer](benchmarks-reports.md).",
        "",
        f"## The demo: {communications:,} communications, seed 1",
        "",
        volume,
        "",
        "| step | median seconds | share | least | most | of processors |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {name} | {medians[name]:.1f} | {medians[name] / medians['total']:.0%} "
        f"| {min(values):.1f} | {max(values):.1f} | {computed[name]:.1f} |"
        for name, values in steps.items()
    ]
    peaks = [summary["peak_mib"] for summary in summaries]
    calls = ", ".join(f"{name} {count:,}" for name, count in summaries[0]["calls"].items())
    lines += [
        "",
        f"Peak memory, the highest sum of PSS over the process tree: median {statistics.median(peaks):,.0f} MiB.",
        "",
        f"Calls to the stand-ins, scenario and pipeline: {calls}.",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run the demo several times and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--communications", type=int, default=20_000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        summaries = [demo(chosen.communications, Path(folder) / "demo") for _ in range(chosen.runs)]
    text = page(summaries, chosen.communications)
    print(text)
    if chosen.communications == 20_000:
        PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
