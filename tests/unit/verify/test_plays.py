"""What the page of the answer key says of the plays, and when a play is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.verify.plays import Name, kept, line_of, page, played

RIGHT = {"expected": 12, "found": 12, "precision": 1.0, "recall": 1.0}
MISSED = {"expected": 12, "found": 11, "precision": 1.0, "recall": 11 / 12}
NOTHING = {"expected": 0, "found": 0, "precision": 1.0, "recall": 1.0}


def summary(**values: dict[str, Any]) -> dict[str, dict[str, dict[str, Any]]]:
    """A summary of a demo in which all is right, but for these values."""
    return {
        "answer_key": {"EXPIRED": values.get("key", RIGHT)},
        "answer_key_of_corrections": {"answer_case": values.get("proposed", RIGHT)},
        "answer_key_after_corrections": {"ctl_open_cases": values.get("after", NOTHING)},
    }


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({}, []),
        ({"key": MISSED}, ["EXPIRED"]),
        ({"key": NOTHING}, ["EXPIRED"]),
        ({"proposed": NOTHING}, ["answer_case, proposed"]),
        ({"after": MISSED}, ["ctl_open_cases, after corrections"]),
    ],
)
def test_a_play_is_wrong_where_something_was_missed_or_nothing_planted(
    values: dict[str, dict[str, Any]], wrong: list[str]
) -> None:
    """Harm prevented: a verdict that no case tries any more counts as proven."""
    assert [score.name for score in played(Name("2.0.0", 500, 1), summary(**values)).wrong] == wrong


def test_the_page_tells_the_least_of_all_seeds() -> None:
    """Harm prevented: one seed's miss is hidden behind the others."""
    plays = [played(Name("2.0.0", 500, 2), summary(key=MISSED)), played(Name("2.0.0", 500, 1), summary())]
    text = page(plays)
    assert "## DuckDB 2.0.0, 500 communications" in text
    assert "| verdict or control | seed 1 | seed 2 | precision | recall |" in text
    assert "| EXPIRED | 12 | 11 of 12 | 1.000 | 0.917 |" in text
    assert "| ctl_open_cases, after corrections | 0 | 0 | 1.000 | 1.000 |" in text


def test_the_page_names_what_was_not_played() -> None:
    """Harm prevented: a page of the small sizes reads as if the large one had been played, too."""
    plays = [played(Name("2.0.0", 500, 1), summary())]
    whole = [Name("1.5.6", 500, 1), *(Name("2.0.0", size, seed) for size in (500, 20_000) for seed in (1, 2))]
    text = page(plays, whole)
    assert "\n- DuckDB 2.0.0, 500 communications: seed 2\n" in text
    assert "\n- DuckDB 2.0.0, 20,000 communications: seed 1, 2\n" in text
    assert "\n- DuckDB 1.5.6, 500 communications: seed 1\n" in text
    assert "Not played" not in page(plays, [plays[0].name])


def test_a_kept_play_is_the_same(tmp_path: Path) -> None:
    """Harm prevented: a page made from kept plays says something else than the plays did."""
    file, play = tmp_path / "plays.jsonl", played(Name("2.0.0", 500, 1), summary(key=MISSED))
    assert kept(file) == []
    file.write_text(line_of(play) + "\n", encoding="utf-8")
    assert kept(file) == [play]
