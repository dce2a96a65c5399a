"""How the warehouse scales: `python -m benchmarks.warehouse [--size small|full] [--json]`.

Landing is made by DuckDB (`made_landing`), dbt builds everything that the verdict of a use rests on, and one
hand-written as-of join of the same uses to the same versions is timed beside it, in the same run, on the same file
format and two threads: with as few columns as say which version was live, which the ratio is to, and with more
(`JOINS`). What writing the built mart once more takes, from its own rows and without any rule, stands beside them. The
full size, which limits are set for, is written to docs/benchmarks-warehouse.md; the small one is printed. `--json`
prints one JSON object as the last line.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from assettrail.demo.processes import PeakMemory
from benchmarks.made_landing import LATE_APPROVALS, USES, MadeLanding, make_landing
from benchmarks.memory_over_time import MemoryOverTime
from publish.content import published_tables
from publish.files import build_connection, write_tables

PROJECT = Path(__file__).resolve().parent.parent / "dbt_project"
PAGE = PROJECT.parent / "docs" / "benchmarks-warehouse.md"
SIZES = {"small": (50_000, 200_000), "full": (250_000, 2_500_000, 10_000_000)}
"""Communications, four uses each; growth is shown over the sizes, and the last one counts."""

MEMORY = {"small": "2GB", "full": "10GB"}


def _key(*columns: str) -> str:
    """Return the SQL of a mart's key over some columns, as the macro `surrogate_key` hashes them."""
    texts = ", ".join(f"coalesce(cast({column} as varchar), chr(0))" for column in columns)
    return f"sha256(concat_ws(chr(31), {texts}))"


AS_OF = """
    create table as_of as
    with uses as (
        select uses.*, communications.segment, communications.jurisdiction,
            communications.generated_at_raw::timestamptz as generated_at,
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
        select asset_id, version, etag, format, timestamp_raw::timestamptz as live_from, {asset_key} as asset_key,
            {asset_version_key} as asset_version_key
        from read_parquet('{home}/landing/cloudinary/notifications/date=*/*.parquet')
        where notification_type = 'upload'
    )
    select {columns}
    from uses
    asof left join versions on uses.asset = versions.asset_id and uses.generated_at >= versions.live_from
"""

TEN_COLUMNS = """
    uses.domain, uses.communication_id, uses.rendering_id, uses.ordinal, uses.binding, uses.asset, uses.generated_at,
    versions.version, versions.etag, versions.live_from
"""
"""The least that says which version was live: nothing of what the mart shows of a use beside it, and no key."""

KEYS = f"""
    {_key("domain", "communication_id", "rendering_id", "ordinal")} as asset_use_key,
    {_key("domain", "communication_id")} as communication_key,
    {_key("domain", "communication_id", "rendering_id")} as rendering_key,
    versions.asset_key,
    versions.asset_version_key
"""
"""The keys of `fct_asset_uses` that are known without any rule: what it is joined by."""

COLUMNS_OF_THE_MART = f"""
    {KEYS},
    uses.communication_id || '/' || uses.rendering_id || '/' || uses.ordinal as asset_use_id,
    uses.communication_id, uses.rendering_id, uses.ordinal, uses.placeholder, uses.binding, uses.asset,
    coalesce(uses.public_id, uses.delivery_public_id) as public_id,
    coalesce(versions.version, uses.version) as version,
    coalesce(versions.etag, uses.etag) as etag,
    uses.url, uses.delivery_transformation,
    coalesce(uses.delivery_format, versions.format) as format,
    uses.segment, uses.jurisdiction, uses.generated_at, versions.live_from
"""
"""The columns of `fct_asset_uses` that come from a use, its communication and the version, without any rule."""

JOINS = {
    "of the mart": COLUMNS_OF_THE_MART,
    "ten and keys": f"{KEYS}, {TEN_COLUMNS}",
    "ten": TEN_COLUMNS,
}
"""The hand-written join by the columns that it writes; the ratio that is wanted is to the narrowest one."""

COMPARED = "ten"
MOST_RATIO = 5.0


def as_of_seconds(home: Path, memory: str, columns: str) -> float:
    """Seconds of the hand-written join into a table of a file of its own: the middle one of three runs."""
    query = AS_OF.format(
        home=home,
        columns=columns,
        asset_key=_key("asset_id"),
        asset_version_key=_key("asset_id", "version", "etag"),
    )
    return statistics.median(_once_as_of(home, memory, query) for _ in range(3))


def _once_as_of(home: Path, memory: str, query: str) -> float:
    path = home / "as_of.duckdb"
    with duckdb.connect(str(path), config={"threads": 2, "memory_limit": memory}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        started = time.perf_counter()
        connection.execute(query)
        connection.execute("checkpoint")
        taken = time.perf_counter() - started
    path.unlink()
    return taken


@dataclass(frozen=True)
class Built:
    """What building took: seconds on the clock from the first model to the last, seconds by model, peak memory in MiB.

    Two models run at once, so the seconds by model add up to more than the clock's. `total` is dbt from its start to
    its end. A model that was done between two samples of memory has none.
    """

    seconds: float
    by_model: dict[str, float]
    mib_by_model: dict[str, float | None]
    peak_mib: float
    spilled_mib: float
    total: float

    @property
    def model_seconds(self) -> float:
        """Seconds of all models together."""
        return sum(self.by_model.values())


def build(home: Path, memory: str) -> Built:
    """Build what the verdict rests on."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("ASSETTRAIL_", "DBT_"))}
    environment |= {"ASSETTRAIL_HOME": str(home), "ASSETTRAIL_DUCKDB_MEMORY": memory}
    words = [Path(sys.executable).with_name("dbt"), "build", "--select", "+fct_asset_uses", "--quiet"]
    kinds = [word for kind in ("test", "unit_test") for word in ("--exclude-resource-type", kind)]
    places = [f"--project-dir={PROJECT}", f"--profiles-dir={PROJECT}", f"--target-path={home / 'target'}"]
    started = time.perf_counter()
    with PeakMemory() as peak, MemoryOverTime(home / "warehouse" / "build.duckdb.tmp") as memory_over_time:
        subprocess.run([*words, *kinds, *places, f"--log-path={home / 'logs'}"], env=environment, check=True)
    total = time.perf_counter() - started
    results = json.loads((home / "target" / "run_results.json").read_text(encoding="utf-8"))["results"]
    models = {one["unique_id"].rpartition(".")[2]: one for one in results if one["unique_id"].startswith("model.")}
    ends = {name: _ends(one["timing"]) for name, one in models.items()}
    return Built(
        seconds=(max(end for _, end in ends.values()) - min(start for start, _ in ends.values())).total_seconds(),
        by_model={name: float(one["execution_time"]) for name, one in models.items()},
        mib_by_model={name: memory_over_time.peak_mib(*both) for name, both in ends.items()},
        peak_mib=peak.mib,
        spilled_mib=memory_over_time.spilled_mib,
        total=total,
    )


def _ends(timing: list[dict[str, str]]) -> tuple[datetime, datetime]:
    """Start and end of a model by dbt's own times, which are UTC and seldom say so."""
    instants = [datetime.fromisoformat(step[end]) for step in timing for end in ("started_at", "completed_at")]
    utc = [at if at.tzinfo else at.replace(tzinfo=UTC) for at in instants]
    return min(utc), max(utc)


@dataclass(frozen=True)
class Increment:
    """What an increment took, and how many uses it derived anew, of so many late approvals."""

    built: Built
    late_approvals: int
    uses: int


def build_increments(home: Path, memory: str, made: MadeLanding) -> list[Increment]:
    """Land two increments one after another, and build each on the file of the build before; at full size one.

    The first one has as many late approvals for the number of assets as the second one has at full size.
    """
    found: list[Increment] = []
    projection, passed = home / "projection", 0
    for day, late_approvals in enumerate(dict.fromkeys((made.proportionate, LATE_APPROVALS))):
        shutil.copyfile(projection / "log_batches.parquet", projection / "built_batches.parquet")
        made.add_increment(day, late_approvals, passed)
        passed += late_approvals
        built = build(home, memory)
        found.append(Increment(built, late_approvals, affected_uses(home)))
    return found


def publish_seconds(home: Path, memory: str) -> float:
    """Seconds that copying the marts of the build into a snapshot's files takes."""
    folder = home / "published"
    folder.mkdir()
    started = time.perf_counter()
    with build_connection(home) as connection:
        connection.execute(f"SET memory_limit = '{memory}'")
        connection.execute("SET threads = 2")
        write_tables(connection, folder, published_tables(connection, "build"))
    taken = time.perf_counter() - started
    shutil.rmtree(folder)
    return taken


def rewriting_seconds(home: Path, memory: str) -> float:
    """Seconds that the rows of the built mart take into a table of a file of its own, with its columns and no rule."""
    path = home / "rewritten.duckdb"
    with duckdb.connect(str(path), config={"threads": 2, "memory_limit": memory}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"attach '{home / 'warehouse' / 'build.duckdb'}' as build (read_only)")
        started = time.perf_counter()
        connection.execute("create table rewritten as from build.marts.fct_asset_uses")
        connection.execute("checkpoint")
        taken = time.perf_counter() - started
    path.unlink()
    return taken


def affected_uses(home: Path) -> int:
    """How many uses the increment derived anew."""
    with duckdb.connect(str(home / "warehouse" / "build.duckdb"), read_only=True) as connection:
        row = connection.execute("select count(*) from staging.stg_exstream__asset_uses_anew").fetchone()
    return int(row[0]) if row else 0


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
            made = make_landing(home, communications)
            memory = MEMORY[size]
            joins = {name: as_of_seconds(home, memory, columns) for name, columns in JOINS.items()}
            built = build(home, memory)
            rewritten = rewriting_seconds(home, memory)
            decided, published = verdicts(home), publish_seconds(home, memory)
            increments = build_increments(home, memory, made)
            found.append(
                {
                    "communications": communications,
                    "uses": communications * USES,
                    "seconds_of_joins": joins,
                    "seconds_of_models": built.seconds,
                    "seconds_of_rewriting": rewritten,
                    "verdict_ratio": built.seconds / joins[COMPARED],
                    "ratios_to_joins": {name: built.seconds / taken for name, taken in joins.items()},
                    "increment_share": increments[-1].built.model_seconds / built.model_seconds,
                    "increments": [
                        {
                            "late_approvals": one.late_approvals,
                            "affected_uses": one.uses,
                            "model_seconds": one.built.model_seconds,
                            "share": one.built.model_seconds / built.model_seconds,
                            "total_seconds": one.built.total,
                            "models": one.built.by_model,
                        }
                        for one in increments
                    ],
                    "total_seconds": built.total,
                    "publish_seconds": published,
                    "peak_mib": round(max(built.peak_mib, *(one.built.peak_mib for one in increments))),
                    "spilled_mib": round(built.spilled_mib),
                    "verdicts": decided,
                    "models": built.by_model,
                    "mib_by_model": built.mib_by_model,
                }
            )
    return found


def growth(found: list[dict[str, Any]]) -> list[str]:
    """Return the lines of a chart: seconds of all models for a million uses by size, and what n log n would allow.

    Where the time grew like n log n from the smallest size on, both lines were one.
    """
    first = found[0]
    of_first = first["seconds_of_models"] / first["uses"] * 1e6
    measured_seconds = [one["seconds_of_models"] / one["uses"] * 1e6 for one in found]
    allowed_seconds = [of_first * math.log(one["uses"]) / math.log(first["uses"]) for one in found]
    return [
        "```mermaid",
        "xychart-beta",
        '    title "Growth: what is built (bars), and n log n from the smallest size (line)"',
        "    x-axis [" + ", ".join(f'"{one["uses"]:,} uses"' for one in found) + "]",
        '    y-axis "seconds for a million uses" 0 --> ' + f"{1.2 * max(*measured_seconds, *allowed_seconds):.1f}",
        "    bar [" + ", ".join(f"{seconds:.2f}" for seconds in measured_seconds) + "]",
        "    line [" + ", ".join(f"{seconds:.2f}" for seconds in allowed_seconds) + "]",
        "```",
    ]


def _mib(measured: float | None) -> str:
    return "" if measured is None else f"{measured:,.0f} MiB"


def _others(found: dict[str, Any], told: int) -> str:
    """The row of the models that are not among the longest: the most that any of them took."""
    others = sorted(found["models"], key=found["models"].__getitem__, reverse=True)[told:]
    most = max((found["mib_by_model"][name] or 0.0 for name in others), default=0.0)
    longest = max((found["models"][name] for name in others), default=0.0)
    return f"| each of {len(others)} others, at most | {longest:.1f} | {_mib(most)} |"


def page(size: str, found: list[dict[str, Any]]) -> str:
    """Return docs/benchmarks-warehouse.md."""
    last = found[-1]
    kept = "kept" if last["verdict_ratio"] <= MOST_RATIO else "missed"
    slowest = sorted(last["models"].items(), key=lambda item: -item[1])[:15]
    longest_of_increment = sorted(last["increments"][0]["models"].items(), key=lambda item: -item[1])[:10]
    lines = [
        "# Benchmarks of the warehouse",
        "",
        f"Written by `python -m benchmarks.warehouse --size {size}` on {os.cpu_count()} cores: everything that the",
        "verdict of an asset use rests on, built anew by dbt on two threads, beside one hand-written as-of join of the",
        "same uses to the same versions on two threads, whose table goes into a DuckDB file, too. Both are seconds",
        "on the clock, those of the models from the start of the first to the end of the last.",
        "",
        "| asset uses | as-of join | models | ratio | memory | spilled |",
        "|---:|---:|---:|---:|---:|---:|",
        *(
            f"| {one['uses']:,} | {one['seconds_of_joins'][COMPARED]:.1f} s | {one['seconds_of_models']:.1f} s "
            f"| {one['verdict_ratio']:.1f} | {one['peak_mib']:,} MiB | {one['spilled_mib']:,} MiB |"
            for one in found
        ),
        "",
        f"Wanted at full size: a ratio of at most {MOST_RATIO:.0f}, in 12 GiB. That ratio is {kept}. The join writes",
        "ten columns, as few as say which version was live; what a join takes is decided by what it writes",
        "([more](decisions/0070-what-a-join-takes-is-decided-by-what-it-writes.md)). For comparison: the same ten with",
        "the five keys of `fct_asset_uses` that need no rule, the join that writes all of the mart's columns that need",
        "none, and the mart once more: what DuckDB takes to write its built rows into another file, with all columns",
        "and no rule at all.",
        "",
        "| asset uses | ten and keys | ratio | columns of the mart | ratio | mart once more | of ten columns |",
        "|---:|---:|---:|---:|---:|---:|---:|",
        *(
            f"| {one['uses']:,} | {one['seconds_of_joins']['ten and keys']:.1f} s "
            f"| {one['ratios_to_joins']['ten and keys']:.1f} | {one['seconds_of_joins']['of the mart']:.1f} s "
            f"| {one['ratios_to_joins']['of the mart']:.1f} | {one['seconds_of_rewriting']:.1f} s "
            f"| {one['seconds_of_rewriting'] / one['seconds_of_joins'][COMPARED]:.1f} |"
            for one in found
        ),
        "",
        *growth(found),
        "",
        f"The longest models at the last size; two run at once, and the seconds of all {len(last['models'])} add up to",
        f"{sum(last['models'].values()):.1f}. The memory is the most that dbt's process had resident meanwhile;",
        "DuckDB keeps there what it has read before, up to its limit:",
        "",
        "| model | seconds | peak memory |",
        "|---|---:|---:|",
        *(f"| {name} | {taken:.1f} | {_mib(last['mib_by_model'][name])} |" for name, taken in slowest),
        _others(last, len(slowest)),
        "",
        "Two increments are built on top, each of a hundredth more communications, sent in the last month, and of late",
        f"approvals of assets in use all the year: first as many for the number of assets as {LATE_APPROVALS:,} are at",
        f"full size, then {LATE_APPROVALS:,}, which at small sizes reach so far that everything is made anew. The",
        "share is of the seconds of all models of the full build. The total is dbt from start to end, without tests;",
        "publishing copies the marts into a snapshot's files after either.",
        "",
        "| uses | late approvals | derived anew | models | of all anew | share | total | of all anew | publishing |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
        *(
            f"| {one['uses']:,} | {added['late_approvals']:,} | {added['affected_uses']:,} "
            f"| {added['model_seconds']:.1f} s | {sum(one['models'].values()):.1f} s | {100 * added['share']:.1f} % "
            f"| {added['total_seconds']:.1f} s | {one['total_seconds']:.1f} s | {one['publish_seconds']:.1f} s |"
            for one in found
            for added in one["increments"]
        ),
        "",
        "Wanted at full size: a share of at most 12 %. The longest models of the last size's first increment:",
        "",
        "| model | seconds |",
        "|---|---:|",
        *(f"| {name} | {taken:.1f} |" for name, taken in longest_of_increment),
        "",
        "Verdicts: " + ", ".join(f"{verdict} {count:,}" for verdict, count in last["verdicts"].items()) + ".",
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Measure and print; write the page of the full size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="small")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    found = measured(chosen.size)
    text = page(chosen.size, found)
    print(text)
    if chosen.size == "full":
        PAGE.write_text(text, encoding="utf-8")
    if chosen.json:
        last = found[-1]
        figures = {name: last[name] for name in ("verdict_ratio", "ratios_to_joins", "increment_share", "peak_mib")}
        print(json.dumps({**figures, "sizes": found}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
