"""The long verification: every seed and size, kills at default size, DuckDB 1.5.6; the tables of docs/answer_key.md.

`python -m tests.verify.table` runs it all, the small sizes first; `--seeds 1 --sizes 500` a part of it. What `--results
FILE` holds of an earlier run is not played again. The page is written anew after each play, from the plays that are
known by then, and names those of the whole verification that are not. Exit code 1 when a figure is not 1.0, or nothing
was planted for a verdict or control.

Here belongs the command and playing. What a play found, and the wording of the page, is `plays`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from tests.verify.plays import Name, Play, kept, line_of, page, played

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "answer_key.md"
SEEDS = (1, 2, 3, 4, 5)
SIZES = (500, 2_000, 20_000)
OTHER_DUCKDB = "1.5.6"
PLAY_OF_OTHER_DUCKDB = Name(OTHER_DUCKDB, communications=2_000, seed=1)


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


def plays(chosen: argparse.Namespace, known: Sequence[Play]) -> Iterator[Play]:
    """Play what was asked for and is not known: all seeds of the small size first; the other DuckDB last."""
    names = {play.name for play in known}
    for name in named(chosen.sizes, chosen.seeds):
        if name not in names:
            yield played(name, demo(Path(sys.executable).parent, name.seed, name.communications))
    if not chosen.skip_other_duckdb and PLAY_OF_OTHER_DUCKDB not in names:
        name = PLAY_OF_OTHER_DUCKDB
        with tempfile.TemporaryDirectory() as folder:
            yield played(name, demo(other_duckdb(Path(folder)), name.seed, name.communications))


def named(sizes: Sequence[int], seeds: Sequence[int]) -> list[Name]:
    """The plays of these sizes and seeds on this environment's DuckDB."""
    import duckdb

    return [Name(duckdb.__version__, size, seed) for size, seed in product(sizes, seeds)]


def main() -> int:
    """Play every seed and size, write the tables, run the kills at default size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--results", type=Path, help="keep the plays as JSON lines; what is there is not played again")
    parser.add_argument("--skip-kills", action="store_true")
    parser.add_argument("--skip-other-duckdb", action="store_true")
    chosen = parser.parse_args()
    found = kept(chosen.results)
    whole = [*named(SIZES, SEEDS), PLAY_OF_OTHER_DUCKDB]
    for play in plays(chosen, found):
        found.append(play)
        if chosen.results is not None:
            with chosen.results.open("a", encoding="utf-8") as lines:
                lines.write(line_of(play) + "\n")
        PAGE.write_text(page(found, whole), encoding="utf-8")
        sys.stderr.write(f"{play.told}\n")
    PAGE.write_text(page(found, whole), encoding="utf-8")
    sys.stdout.write(page(found, whole))
    if not chosen.skip_kills:
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "tests/integration/test_kills.py"],
            cwd=ROOT,
            env={**os.environ, "ASSETTRAIL_TEST_COMMUNICATIONS": "20000"},
            check=True,
        )
    return int(any(play.wrong for play in found))


if __name__ == "__main__":
    sys.exit(main())
