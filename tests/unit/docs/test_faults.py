"""The page of faults names tests that exist, leaves no system out, and defines every fault that a test names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
SYSTEMS = ("Cloudinary", "Exstream", "Trading Grid")
SUITE = "tests/adapters/conformance/"
_HEADING = re.compile(r"^### (F\d+) – (.+)$", re.MULTILINE)
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
_WHY_NOT = re.compile(r"does not apply: \w.{15,}\.$")


def faults() -> dict[str, str]:
    """The text below each fault's heading."""
    found = list(_HEADING.finditer(PAGE))
    ends = [heading.start() for heading in found[1:]] + [len(PAGE)]
    return {heading[1]: PAGE[heading.end() : end] for heading, end in zip(found, ends, strict=True)}


@pytest.mark.parametrize("fault", faults())
def test_every_fault_is_shown_on_every_system_or_says_why_not(fault: str) -> None:
    """A fault that was never tried on one system is survived there by luck."""
    told = dict(re.findall(r"^- ([\w ]+): (.+)$", faults()[fault], re.MULTILINE))
    assert tuple(told) == SYSTEMS
    for system, shown in told.items():
        named = _TEST.findall(shown)
        assert named or _WHY_NOT.match(shown), (system, shown)
        for file, test in named:
            assert f"def {test}(" in (ROOT / file).read_text(encoding="utf-8"), f"{file}::{test} is gone"


def test_the_faults_of_sources_are_all_there_once() -> None:
    """A fault that falls off the page takes its promise along."""
    assert [heading[1] for heading in _HEADING.finditer(PAGE)] == [
        *(f"F{number}" for number in range(13, 32)),
        *("F32", "F37", "F39"),
    ]


def test_every_test_of_the_suite_stands_on_the_page() -> None:
    """A test that nobody finds from the fault that it shows is run for nothing."""
    written = {
        (str(file.relative_to(ROOT)), name)
        for file in (ROOT / SUITE).glob("test_*.py")
        for name in re.findall(r"^def (test_\w+)\(", file.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert written - set(_TEST.findall(PAGE)) == set()


def test_a_fault_that_a_test_names_is_defined() -> None:
    """A number that no page explains tells a reader nothing."""
    named = {
        fault
        for folder in ("tests/adapters", "tests/unit/ingest")
        for file in (ROOT / folder).rglob("*.py")
        for fault in re.findall(r"\bF\d{2}\b", file.read_text(encoding="utf-8"))
    }
    assert named <= set(faults())
