"""Patterns of operators: what they find is what Python's would, in a time that nobody's text can stretch."""

from __future__ import annotations

import os
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assettrail.linear_patterns import LinearPattern
from assettrail.run_layout_settings import RunLayout

OF_RUN = RunLayout().run_folder


def test_a_name_that_somebody_chose_for_the_pattern_holds_nothing_up() -> None:
    """An image that is called so stood an ingest still for as long as the universe lasts."""
    pattern = LinearPattern.from_text(r"^(?P<public_id>([a-z]+)+)$")
    begin = time.process_time()
    assert pattern.search("a" * 50_000 + "!") is None
    assert time.process_time() - begin < 5


@pytest.mark.parametrize(
    "pattern", ["(", r"(a)\1", r"(?<=a)b", r"(?P<x>a)(?P<x>b)", r"((a{1000}){1000}){1000}", r"a\Z"]
)
def test_what_the_engine_does_not_take_is_refused_and_named(pattern: str) -> None:
    """A pattern that is read as another one links letters to assets that they never showed."""
    with pytest.raises(ValueError, match=r"no regular expression that ends in linear time \(.*regex"):
        LinearPattern.from_text(pattern)


def test_groups_are_named_and_one_that_took_no_part_is_none() -> None:
    """An id that is taken from the wrong group is somebody else's."""
    pattern = LinearPattern.from_text(r"(x)?asset=(?P<public_id>\S+)(?: v(?P<version>\d+))?")
    assert pattern.groups == ("public_id", "version")
    assert pattern.search("an asset=a/b v7") == {"public_id": "a/b", "version": "7"}
    assert pattern.search("an asset=a/b") == {"public_id": "a/b", "version": None}
    assert pattern.search("nothing") is None


def test_what_is_no_text_comes_out_as_it_went_in() -> None:
    """A folder whose name is no UTF-8 hid the runs beside it."""
    odd = os.fsdecode(b"/in/d\xff/jobs/1/2/docgen/g/output")
    assert RunLayout().of_run.search(odd) == {
        "domain": os.fsdecode(b"d\xff"),
        "job": "1",
        "instance": "2",
        "docgen": "g",
    }


@given(st.text(st.sampled_from("ab/jobsdcgenoutput1\n\udcff"), max_size=40), st.text("ab/\n.", max_size=8))
def test_a_file_of_a_run_is_found_as_the_whole_path_tells(before: str, name: str) -> None:
    """Only the folder is matched: a file that is told to lie elsewhere is read as no output of its letter."""
    path = f"{before}d/jobs/1/2/docgen/g/output/{name}"
    found = re.compile(rf"(?:^|/)(?:{OF_RUN})/(?P<below>.+)$", re.DOTALL).search(path)
    expected = found.groupdict() if found and not path.endswith("/") else None
    assert RunLayout().file_of_run(path) == expected
