"""How the warehouse scales: `python -m benchmarks.warehouse [--size small|full] [--json]`.

Landing is made by DuckDB (`made_landing`), dbt builds everything that the verdict of a use rests on
(`verdict_builds`), and one hand-written as-of join of the same uses to the same versions (`as_of_join`) is timed
beside it, in the same run, on the same file format and two threads: with as few columns as say which version was live,
which the ratio is to, and with more. What writing the built mart once more takes, from its own rows and without any
rule, stands beside them. The full size, which limits are set for, is written to docs/benchmarks-warehouse.md
(`verdict_page`); the small one is printed. `--json` prints one JSON object as the last line.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.as_of_join import COMPARED, JOINS, as_of_seconds
from benchmarks.made_landing import USES, make_landing
from benchmarks.verdict_builds import (
    build,
    build_exposures,
    build_increments,
    publish_seconds,
    rewriting_seconds,
    verdicts,
)
from benchmarks.verdict_page import page

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks-warehouse.md"
SIZES = {"small": (50_000, 200_000), "full": (250_000, 2_500_000, 10_000_000)}
"""Communications, four uses each; growth is shown over the sizes, and the last one counts."""

MEMORY = {"small": "2GB", "full": "10GB"}


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
            exposed = build_exposures(home, memory)
            increments = build_increments(home, memory, made)
            found.append(
                {
                    "communications": communications,
                    "uses": communications * USES,
                    "seconds_of_joins": joins,
                    "seconds_of_models": built.seconds,
                    "seconds_of_rewriting": rewritten,
                    "seconds_of_exposures": exposed.seconds,
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
                    "peak_mib": round(
                        max(built.peak_mib, exposed.peak_mib, *(one.built.peak_mib for one in increments))
                    ),
                    "spilled_mib": round(built.spilled_mib),
                    "verdicts": decided,
                    "models": built.by_model,
                    "mib_by_model": built.mib_by_model,
                }
            )
    return found


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
