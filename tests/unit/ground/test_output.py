"""What is printed: a partner's text must not command the terminal or spreadsheet that shows it."""

import json

import pytest

from assettrail.output import csv_cell, harmless, print_json, print_table

ESCAPES = "\x1b]0;taken over\x07\x9b2J\u202egpj.exe\u200f\u2028end"


def test_a_table_only_shows_foreign_text(capsys: pytest.CaptureFixture[str]) -> None:
    """An asset's name that clears the screen hides the line before it from whoever approves."""
    print_table([f"name{ESCAPES}"], [[f"a\nb{ESCAPES}"]])
    shown = capsys.readouterr().out
    assert not set(ESCAPES) & set("\x1b\x07\x9b\u202e\u200f\u2028") & set(shown)
    assert len(shown.splitlines()) == 3


def test_json_keeps_every_character_and_only_shows_it(capsys: pytest.CaptureFixture[str]) -> None:
    """The JSON form is the lossless one: escaped, not replaced."""
    print_json([{"name": ESCAPES + "é"}])
    shown = capsys.readouterr().out
    assert json.loads(shown) == [{"name": ESCAPES + "é"}]
    assert "é" in shown
    assert not {"\x1b", "\x07", "\x9b", "\u202e", "\u200f", "\u2028"} & set(shown)


def test_the_text_of_an_error_keeps_its_lines_and_nothing_else_that_acts() -> None:
    """The four parts of an error stand on their lines; a vendor's words in them must not add a fifth by escape."""
    assert harmless(f"tried: a\nfound: {ESCAPES}").count("\n") == 1
    assert "\x1b" not in harmless(ESCAPES)


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("@x", "'@x"),
        ("-1+cmd", "'-1+cmd"),
        ("+1", "'+1"),
        ("\t=1", "'\t=1"),
        (-1, "-1"),
        (None, ""),
        ("two\nlines", "two\nlines"),
        ("a=b", "a=b"),
    ],
)
def test_a_spreadsheet_runs_nothing(value: object, cell: str) -> None:
    """A partner's case that begins with = runs on the analyst's machine when the CSV is opened."""
    assert csv_cell(value) == cell
