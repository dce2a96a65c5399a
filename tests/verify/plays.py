"""What the plays of the demo found against their answer keys, kept as lines and told as docs/answer_key.md.

Here belongs reading a summary, keeping what it says from run to run, judging it, and the wording of the page. Pure but
for reading the kept lines. Playing is `table`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

PLANTED: Final = {"answer_key": "", "answer_key_of_corrections": ", proposed"}
"""Parts of a summary in which nothing planted is a failure, and what is put behind their names."""
AFTER: Final = {"answer_key_after_corrections": ", after corrections"}
"""The part in which nothing may be left."""

_HEAD: Final = """\
# The answer key

Written by `make verify` from the plays of its run. The scenario writes the key when it plants a case, from the case's
cause; the pipeline never reads it. Precision and recall are of subjects: asset uses, live links over their exposure,
images that only an HTML output tells (output links), publications when they were shown (*at publication*) and of
those that are still shown the same at the end of the claims (*of a publication now*), cases, templates, launches, what
each of them requires (*of a required asset*) and how many of its partners are silent, searches, and what came of all
searches for the same thing (*of a search topic*). A cell says how many were found, where others were planted also how
many; precision and recall are the least of the row's seeds. What nobody planted at a size is a failure, but for what
corrections have cured. No image that only an output tells can be superseded: an address serves what was uploaded or
restored last, so that nothing newer is there; what seems so is planted as near misses.
"""


class Name(NamedTuple):
    """Which play it was."""

    duckdb: str
    communications: int
    seed: int


@dataclass(frozen=True)
class Score:
    """What was planted and found of one verdict, control or kind of correction."""

    name: str
    planted: int
    found: int
    precision: float
    recall: float
    may_be_none: bool

    @property
    def is_right(self) -> bool:
        """Whether all that was planted was found and nothing else, and there was something to find."""
        return (self.precision, self.recall) == (1.0, 1.0) and (self.planted > 0 or self.may_be_none)

    @property
    def cell(self) -> str:
        """How many were found, and how many were planted where that differs."""
        return f"{self.found:,}" if self.found == self.planted else f"{self.found:,} of {self.planted:,}"


@dataclass(frozen=True)
class Play:
    """One play of the demo and its scores."""

    name: Name
    scores: tuple[Score, ...]

    @property
    def wrong(self) -> tuple[Score, ...]:
        """The scores that are not as they have to be."""
        return tuple(score for score in self.scores if not score.is_right)

    @property
    def told(self) -> str:
        """The play in one line."""
        wrong = ", ".join(score.name for score in self.wrong) or "none"
        name = self.name
        return f"DuckDB {name.duckdb}, {name.communications:,} communications, seed {name.seed}: wrong are {wrong}"


def played(name: Name, summary: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Play:
    """Read the summary of a demo."""
    return Play(
        name,
        tuple(
            Score(f"{what}{suffix}", value["expected"], value["found"], value["precision"], value["recall"], may)
            for parts, may in ((PLANTED, False), (AFTER, True))
            for part, suffix in parts.items()
            for what, value in summary[part].items()
        ),
    )


def line_of(play: Play) -> str:
    """Return a play as one line of JSON."""
    return json.dumps({"name": play.name, "scores": [asdict(score) for score in play.scores]})


def play_of(line: str) -> Play:
    """Read a play from its line."""
    said = json.loads(line)
    return Play(Name(*said["name"]), tuple(Score(**score) for score in said["scores"]))


def kept(file: Path | None) -> list[Play]:
    """The plays of earlier runs of the command."""
    if file is None or not file.exists():
        return []
    return [play_of(line) for line in file.read_text(encoding="utf-8").splitlines()]


def page(plays: Sequence[Play], whole: Iterable[Name] = ()) -> str:
    """Return docs/answer_key.md: a table of each DuckDB and size, a column for each seed; and what `whole` lacks."""
    by_table: dict[tuple[str, int], list[Play]] = {}
    for play in sorted(plays, key=lambda each: each.name):
        by_table.setdefault((play.name.duckdb, play.name.communications), []).append(play)
    sections = [
        "\n".join([f"## DuckDB {duckdb}, {size:,} communications", "", *_table(own), ""])
        for (duckdb, size), own in sorted(by_table.items(), key=lambda item: _newest_first(*item[0]))
    ]
    return "\n".join([_HEAD, *_lacking(plays, whole), *sections])


def _lacking(plays: Sequence[Play], whole: Iterable[Name]) -> list[str]:
    """What belongs to the whole verification and is in no table of the page; nothing where all of it is."""
    seeds: dict[tuple[str, int], list[int]] = {}
    for name in sorted({*whole} - {play.name for play in plays}):
        seeds.setdefault((name.duckdb, name.communications), []).append(name.seed)
    lines = [
        f"- DuckDB {duckdb}, {size:,} communications: seed {', '.join(map(str, own))}"
        for (duckdb, size), own in sorted(seeds.items(), key=lambda item: _newest_first(*item[0]))
    ]
    return ["Not played in this run, and so not told here:", "", *lines, ""] if lines else []


def _newest_first(duckdb: str, size: int) -> tuple[list[int], int]:
    return [-int(part) for part in duckdb.split(".")], size


def _table(plays: Sequence[Play]) -> list[str]:
    seeds = [play.name.seed for play in plays]
    names = dict.fromkeys(score.name for play in plays for score in play.scores)
    lines = [
        "| verdict or control | " + " | ".join(f"seed {seed}" for seed in seeds) + " | precision | recall |",
        "|---|" + "---:|" * (len(seeds) + 2),
    ]
    for name in names:
        own = [next((score for score in play.scores if score.name == name), None) for play in plays]
        known = [score for score in own if score is not None]
        cells = [score.cell if score else "" for score in own]
        least = (min(score.precision for score in known), min(score.recall for score in known))
        lines.append(f"| {name} | {' | '.join(cells)} | {least[0]:.3f} | {least[1]:.3f} |")
    return lines
