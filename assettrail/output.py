"""How the command line prints: plain tables for people, JSON for machines.

Here belongs the form of output only.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import typer

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control and text-direction characters of foreign text: a terminal would obey them."""


def text_of(value: object) -> str:
    """Return one value as a person reads it; instants in UTC, foreign control characters made harmless."""
    if value is None:
        return "–"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%SZ")
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", str(value)).replace("\n", " ").replace("\t", " ")


def print_table(headers: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows under headers in columns as wide as their widest cell."""
    cells = [[text_of(value) for value in row] for row in rows]
    widths = [max([len(header), *(len(row[at]) for row in cells)]) for at, header in enumerate(headers)]
    for row in [list(headers), ["-" * width for width in widths], *cells]:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def print_facts(facts: Mapping[str, object]) -> None:
    """Print named values, one a line."""
    width = max((len(name) for name in facts), default=0)
    for name, value in facts.items():
        typer.echo(f"{name.ljust(width)}  {text_of(value)}")


def print_json(value: Any) -> None:
    """Print a value as indented JSON; what JSON does not know is written as text."""
    typer.echo(json.dumps(value, indent=2, default=str, ensure_ascii=False))
