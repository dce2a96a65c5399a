"""The page of the warehouse's benchmark, docs/benchmarks-warehouse.md, as text.

Here belong its words, tables and chart. Measuring is `warehouse`.
"""

from __future__ import annotations

import math
import os
from typing import Any

from benchmarks.as_of_join import COMPARED
from benchmarks.made_landing import LATE_APPROVALS

MOST_RATIO = 5.0


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
        "and no rule at all. What uses by address showed later has a verdict of its own: `fct_exposures` and",
        "`fct_exposure_versions` are built behind it, and are not in the ratio.",
        "",
        "| asset uses | ten and keys | ratio | columns of the mart | ratio | mart once more | of ten | exposures |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|",
        *(
            f"| {one['uses']:,} | {one['seconds_of_joins']['ten and keys']:.1f} s "
            f"| {one['ratios_to_joins']['ten and keys']:.1f} | {one['seconds_of_joins']['of the mart']:.1f} s "
            f"| {one['ratios_to_joins']['of the mart']:.1f} | {one['seconds_of_rewriting']:.1f} s "
            f"| {one['seconds_of_rewriting'] / one['seconds_of_joins'][COMPARED]:.1f} "
            f"| {one['seconds_of_exposures']:.1f} s |"
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
