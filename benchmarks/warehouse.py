"""How the warehouse scales: `python -m benchmarks.warehouse [--size small|full] [--json]`.

Landing is made by DuckDB (`made_landing`), dbt builds everything that the verdict of a use rests on, and one
hand-written as-of join of the same uses to the same versions is timed beside it, in the same run, on the same file
format and two threads. Writes docs/benchmarks-warehouse.md. `--json` prints one JSON object as the last line.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb

from assettrail.demo.processes import PeakMemory
from benchmarks.made_landing import USES, make_landing

PROJECT = Path(__file__).resolve().parent.parent / "dbt_project"
PAGE = PROJECT.parent / "docs" / "benchmarks-warehouse.md"
SIZES = {"small": (50_000, 200_000), "full": (250_000, 2_500_000, 10_000_000)}
"""Communications, four uses each; growth is shown over the sizes, and the last one counts."""

MEMORY = {"small": "2GB", "full": "10GB"}

AS_OF = """
    create table as_of as
    with uses as (
        select uses.*, communications.generated_at_raw::timestamptz as generated_at,
            coalesce(uses.asset_id, names.asset_id) as asset
        from read_parquet('{home}/landing/exstream/asset_uses/date=*/*.parquet') as uses
        inner join read_parquet('{home}/landing/exstream/communications/date=*/*.parquet') as communications
            using (domain, communication_id)
        left join (
            select distinct public_id, asset_id
            from read_parquet('{home}/landing/cloudinary/notifications/date=*/*.parquet')
        ) as names on uses.delivery_public_id = names.public_id
    ),
    versions as (
        select asset_id, version, etag, timestamp_raw::timestamptz as live_from
        from read_parquet('{home}/landing/cloudinary/notifications/date=*/*.parquet')
        where notification_type = 'upload'
    )
    select uses.domain, uses.communication_id, uses.rendering_id, uses.ordinal, uses.binding, uses.asset,
        uses.generated_at, versions.version, versions.etag, versions.live_from
    from uses
    asof left join versions on uses.asset = versions.asset_id and uses.generated_at >= versions.live_from
"""


def as_of_seconds(home: Path, memory: str) -> float:
    """Seconds of the hand-written join, into a table of a file of its own."""
    path = home / "as_of.duckdb"
    with duckdb.connect(str(path), config={"threads": 2, "memory_limit": memory}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        started = time.perf_counter()
        connection.execute(AS_OF.format(home=home))
        connection.execute("checkpoint")
        taken = time.perf_counter() - started
    path.unlink()
    return taken


def build(home: Path, memory: str) -> tuple[dict[str, float], float]:
    """Build what the verdict rests on; seconds by model, and the peak of memory in MiB."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("ASSETTRAIL_", "DBT_"))}
    environment |= {"ASSETTRAIL_HOME": str(home), "ASSETTRAIL_DUCKDB_MEMORY": memory}
    words = [Path(sys.executable).with_name("dbt"), "build", "--select", "+fct_asset_uses", "--quiet"]
    kinds = [word for kind in ("test", "unit_test") for word in ("--exclude-resource-type", kind)]
    places = [f"--project-dir={PROJECT}", f"--profiles-dir={PROJECT}", f"--target-path={home / 'target'}"]
    with PeakMemory() as peak:
        subprocess.run([*words, *kinds, *places, f"--log-path={home / 'logs'}"], env=environment, check=True)
    results = json.loads((home / "target" / "run_results.json").read_text(encoding="utf-8"))["results"]
    seconds = {
        one["unique_id"].rpartition(".")[2]: float(one["execution_time"])
        for one in results
        if one["unique_id"].startswith("model.")
    }
    return seconds, peak.mib


def verdicts(home: Path) -> dict[str, int]:
    """How many uses got which verdict: what was measured did its work."""
    with duckdb.connect(str(home / "warehouse" / "build.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            "select verdict, count(*) from marts.fct_asset_uses group by verdict order by count(*) desc, verdict"
        ).fetchall()
    return {str(verdict): int(count) for verdict, count in rows}


def measured(size: str) -> list[dict[str, Any]]:
    """The figures of each number of communications, ascending."""
    found = []
    for communications in SIZES[size]:
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            make_landing(home, communications)
            reference = as_of_seconds(home, MEMORY[size])
            models, peak = build(home, MEMORY[size])
            total = sum(models.values())
            found.append(
                {
                    "communications": communications,
                    "uses": communications * USES,
                    "seconds_of_as_of": reference,
                    "seconds_of_models": total,
                    "verdict_ratio": total / reference,
                    "peak_mib": round(peak),
                    "verdicts": verdicts(home),
                    "models": models,
                }
            )
    return found


def page(size: str, found: list[dict[str, Any]]) -> str:
    """Return docs/benchmarks-warehouse.md."""
    last = found[-1]
    slowest = sorted(last["models"].items(), key=lambda item: -item[1])[:15]
    lines = [
        "# Benchmarks of the warehouse",
        "",
        f"Written by `python -m benchmarks.warehouse --size {size}` on {os.cpu_count()} cores: everything that the",
        "verdict of an asset use rests on, built anew by dbt on two threads, beside one hand-written as-of join of the",
        "same uses to the same versions into a DuckDB file. The models write all evidence, the join one version a use.",
        "",
        "| asset uses | as-of join | models | ratio | peak memory |",
        "|---:|---:|---:|---:|---:|",
        *(
            f"| {one['uses']:,} | {one['seconds_of_as_of']:.1f} s | {one['seconds_of_models']:.1f} s "
            f"| {one['verdict_ratio']:.1f} | {one['peak_mib']:,} MiB |"
            for one in found
        ),
        "",
        f"Wanted at full size: a ratio of at most 5, in 12 GiB. The longest models at {last['uses']:,} uses:",
        "",
        "| model | seconds | share |",
        "|---|---:|---:|",
        *(f"| {name} | {taken:.1f} | {taken / last['seconds_of_models']:.0%} |" for name, taken in slowest),
        "",
        "Verdicts: " + ", ".join(f"{verdict} {count:,}" for verdict, count in last["verdicts"].items()) + ".",
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
        last = found[-1]
        print(json.dumps({"verdict_ratio": last["verdict_ratio"], "peak_mib": last["peak_mib"], "sizes": found}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
