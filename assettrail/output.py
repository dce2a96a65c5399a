"""How the command line prints: plain tables for people, JSON for machines.

Here belongs the form of output only.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import typer

_DIRECTION = "\\u061c\\u200e\\u200f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069"
_CONTROL = re.compile(f"[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f{_DIRECTION}]")
"""Control and text-direction characters of foreign text: a terminal would obey them."""

_OBEYED_IN_JSON = re.compile(f"[\\x7f-\\x9f{_DIRECTION}]")
"""Those of them that JSON leaves as they are."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a text begins that a spreadsheet would run."""


def text_of(value: object) -> str:
    """Return one value as a person reads it; instants in UTC, foreign control characters made harmless."""
    if value is None:
        return "–"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%SZ")
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", str(value)).replace("\n", " ").replace("\t", " ")


def harmless(text: str) -> str:
    """Return a text of several lines (an error, a claim's detail) that a terminal only shows."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def csv_cell(value: object) -> str:
    """Return one value for a spreadsheet: a text that it would run as a formula gets an apostrophe before it.

    NULL is empty. The JSON form has every text as it is.
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        return text_of(value)
    return harmless(f"'{value}" if value.startswith(_FORMULA) else value)


def print_table(headers: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows under headers in columns as wide as their widest cell."""
    names = [text_of(header) for header in headers]
    cells = [[text_of(value) for value in row] for row in rows]
    widths = [max([len(name), *(len(row[at]) for row in cells)]) for at, name in enumerate(names)]
    for row in [names, ["-" * width for width in widths], *cells]:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def print_facts(facts: Mapping[str, object]) -> None:
    """Print named values, one a line."""
    width = max((len(name) for name in facts), default=0)
    for name, value in facts.items():
        typer.echo(f"{name.ljust(width)}  {text_of(value)}")


def print_json(value: Any) -> None:
    """Print a value as indented JSON; what JSON does not know is written as text, what a terminal obeys escaped."""
    text = json.dumps(value, indent=2, default=str, ensure_ascii=False)
    typer.echo(_OBEYED_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text))
