"""The long verification: every seed and size, kills at default size, DuckDB 1.5.6; the table of docs/answer_key.md.

`python -m tests.verify.table` runs it all; `--seeds 1 --sizes 500` a part of it. Exit code 1 when a figure is not 1.0.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "answer_key.md"
SEEDS = (1, 2, 3)
SIZES = (500, 2_000, 20_000)
OTHER_DUCKDB = "1.5.6"


def demo(binaries: Path, seed: int, size: int) -> dict[str, Any]:
    """Play the demo with the binaries of an environment and return its summary."""
    with tempfile.TemporaryDirectory() as folder:
        command = [binaries / "assettrail", "demo", "--seed", str(seed), "--communications", str(size)]
        shown = subprocess.run(
            [*command, "--folder", f"{folder}/demo", "--json"], stdout=subprocess.PIPE, cwd=ROOT, check=True
        )
    summary: dict[str, Any] = json.loads(shown.stdout)
    return summary


def other_duckdb(folder: Path) -> Path:
    """Make an environment like this one with the other DuckDB; return its folder of binaries."""
    binaries = Path(sys.executable).parent
    python = folder / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    plain = folder / "requirements.txt"
    plain.write_text(
        "\n".join(
            line.split(" \\")[0].replace("duckdb==2.0.0", f"duckdb=={OTHER_DUCKDB}")
            for line in lock.splitlines()
            if line and not line.startswith((" ", "#"))
        ),
        encoding="utf-8",
    )
    for words in (["-r", plain], ["--no-deps", "--no-build-isolation", "--no-index", "-e", ROOT]):
        subprocess.run([binaries / "uv", "pip", "install", "--quiet", "--python", python, *words], check=True)
    return folder / "bin"


def rows_of(label: str, seed: int, size: int, summary: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Return the table's rows of one play."""
    after = summary["answer_key_after_corrections"]
    return [
        (label, seed, size, name, value["expected"], value["found"], value["precision"], value["recall"])
        for name, value in [
            *summary["answer_key"].items(),
            *((f"{kind}, proposed", value) for kind, value in summary["answer_key_of_corrections"].items()),
            *((f"{name}, after corrections", value) for name, value in after.items()),
        ]
    ]


def page(rows: list[tuple[Any, ...]]) -> str:
    """Return docs/answer_key.md."""
    lines = [
        "# The answer key",
        "",
        "Written by `make verify`. The scenario writes the key when it plants a case, from the case's cause; the",
        "pipeline never reads it. Precision and recall are of subjects: asset uses, publications, cases.",
        "",
        "| DuckDB | seed | communications | verdict or control | planted | found | precision | recall |",
        "|---|---:|---:|---|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {label} | {seed} | {size:,} | {name} | {expected} | {found} | {precision:.3f} | {recall:.3f} |"
        for label, seed, size, name, expected, found, precision, recall in rows
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Play every seed and size, run the kills at default size, write the table."""
    import duckdb

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--skip-kills", action="store_true")
    parser.add_argument("--skip-other-duckdb", action="store_true")
    chosen = parser.parse_args()
    rows: list[tuple[Any, ...]] = []
    for seed in chosen.seeds:
        for size in chosen.sizes:
            rows += rows_of(duckdb.__version__, seed, size, demo(Path(sys.executable).parent, seed, size))
    if not chosen.skip_other_duckdb:
        with tempfile.TemporaryDirectory() as folder:
            summary = demo(other_duckdb(Path(folder)), 1, 2_000)
            rows += rows_of(OTHER_DUCKDB, 1, 2_000, summary)
    PAGE.write_text(page(rows), encoding="utf-8")
    print(page(rows))
    if not chosen.skip_kills:
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "tests/integration/test_kills.py"],
            cwd=ROOT,
            env={**os.environ, "ASSETTRAIL_TEST_COMMUNICATIONS": "20000"},
            check=True,
        )
    return int(any((precision, recall) != (1.0, 1.0) for *_, precision, recall in rows))


if __name__ == "__main__":
    sys.exit(main())
