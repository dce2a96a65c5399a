"""The tests that hurt what no point reaches: real dbt, real Dagster runs, gates. They are run and counted as points.

Here belongs running them once, those of a file in a process of their own, and reading what came out. Which they are is
`faults`.
"""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from tests.torture.trial import Tried

LANE: Final = "test"


def ran(tests: Sequence[str], folder: Path) -> Iterator[Tried]:
    """Run tests, named as pytest does, and give each case as a point. Raises SystemExit where one of them is not found.

    File by file, those of units first: they take seconds, the others minutes, and what has run is kept where a run ends
    early. What pytest prints goes to standard error.
    """
    for file in sorted({each.partition("::")[0] for each in tests}, key=lambda name: (not _is_of_a_unit(name), name)):
        yield from _ran_of_file([each for each in tests if each.startswith(f"{file}::")], folder)


def test_of(point: Tried) -> str:
    """The name of the test that a case belongs to, without its parameters."""
    return point.point.partition("[")[0]


def _is_of_a_unit(file: str) -> bool:
    return file.startswith("tests/unit/")


def _ran_of_file(tests: Sequence[str], folder: Path) -> Iterator[Tried]:
    report = folder / "tests.xml"
    words = [sys.executable, "-m", "pytest", "-q", "--junit-xml", str(report), *tests]
    code = subprocess.run(words, stdout=sys.stderr, check=False).returncode
    if code not in {0, 1}:
        raise SystemExit(f"pytest ended with {code}: a test that faults.py names is not there, or cannot be collected")
    for case in ET.parse(report).getroot().iter("testcase"):  # noqa: S314 - pytest wrote it just now
        name = f"{case.get('classname', '').replace('.', '/')}.py::{case.get('name')}"
        failed = [each.get("message") or "" for kind in ("failure", "error") for each in case.iter(kind)]
        skipped = [f"was skipped: {each.get('message')}" for each in case.iter("skipped")]
        found = tuple(text.splitlines()[0] if text else "failed" for text in [*failed, *skipped])
        yield Tried(LANE, LANE, name, "", "", int(bool(found)), "", found)
