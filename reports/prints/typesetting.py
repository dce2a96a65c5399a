"""A document as PDF/A-3a with PDF/UA-1, made by Typst with the fonts that lie in it; the same input, the same bytes.

Here belong what can be set as text and the call of Typst. Words go in as JSON, never as part of the source. What no
font of Typst can show stands as its code point, `⟨U+4F60⟩`, since a print that leaves it out would be another name;
control characters and those that turn the direction of reading stand as code points, too. The attachment has it all.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import typst

from assettrail.errors import ContractBroken
from reports.prints.document import Document

STANDARDS: list[Any] = ["a-3a", "ua-1"]
SOURCE = Path(__file__).parent / "document.typ"
MARK = Path(__file__).parent.parent / "static" / "mark.svg"
LONGEST = 400
UNBROKEN = 10
ATTEMPTS = 8
_NOT_SHOWN = {"Cc", "Cf", "Cs", "Co", "Cn"}
_REFUSED = re.compile(r"the text `(\"(?:[^\"\\]|\\.)*\")` could not be displayed|contains the codepoint `(\"[^`]*\")`")
_ESCAPE = re.compile(r"\\u\{([0-9a-fA-F]+)\}")


def typeset(document: Document, statement: Sequence[str], snapshot: str, attachment: bytes, at: datetime) -> bytes:
    """Return the PDF of a document; `statement` stands under its lead, `at` is the time that the file states.

    Raises ContractBroken where Typst refuses what was made here.
    """
    pdf: bytes = _compiled(document, statement, snapshot, attachment, at, "pdf")
    return pdf


def pictures(document: Document, statement: Sequence[str], snapshot: str, at: datetime) -> list[bytes]:
    """Return the pages as PNG, to be looked at."""
    found = _compiled(document, statement, snapshot, b"{}", at, "png")
    return list(found) if isinstance(found, list) else [found]


def _compiled(
    document: Document,
    statement: Sequence[str],
    snapshot: str,
    attachment: bytes,
    at: datetime,
    form: Literal["pdf", "png"],
) -> Any:
    told = {**asdict(document), "statement": list(statement), "snapshot": snapshot}
    unshown: set[str] = set()
    for _ in range(ATTEMPTS):
        try:
            return _typst(told, unshown, attachment, at, form)
        except typst.TypstError as error:
            more = _refused(error) - unshown
            if not more:
                raise _broken(error) from error
            unshown |= more
    raise _broken(None)


def _typst(told: Any, unshown: set[str], attachment: bytes, at: datetime, form: Literal["pdf", "png"]) -> Any:
    shown = _each_text(told, lambda text: printable(text, unshown))
    return typst.compile(
        SOURCE,
        root=SOURCE.parent,
        ignore_system_fonts=True,
        format=form,
        pdf_standards=STANDARDS if form == "pdf" else [],
        timestamp=int(at.timestamp()),
        sys_inputs={
            "document": json.dumps(shown, ensure_ascii=False),
            "attachment": attachment.decode("utf-8"),
            "attachment-name": "figures.json",
            "mark": MARK.read_text(encoding="utf-8"),
        },
    )


def printable(text: str, unshown: set[str]) -> str:
    """Return a text that can be set: shortened, long words breakable, what cannot be shown as its code point."""
    cut = text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text):,} characters, whole in the attachment)"
    words = "".join(
        f"\N{MATHEMATICAL LEFT ANGLE BRACKET}U+{ord(character):04X}\N{MATHEMATICAL RIGHT ANGLE BRACKET}"
        if character in unshown or (unicodedata.category(character) in _NOT_SHOWN and character not in "\n\t")
        else character
        for character in cut
    )
    return re.sub(rf"(\S{{{UNBROKEN}}})(?=\S)", "\\1\N{ZERO WIDTH SPACE}", words)


def _each_text(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {name: _each_text(item, change) for name, item in value.items()}
    return [_each_text(item, change) for item in value] if isinstance(value, list | tuple) else value


def _refused(error: typst.TypstError) -> set[str]:
    """Return the characters that no font could show, as the messages of Typst name them."""
    found = set[str]()
    for groups in _REFUSED.findall(error.diagnostic):
        quoted = next(group for group in groups if group)
        found |= set(_ESCAPE.sub(lambda code: chr(int(code[1], 16)), quoted[1:-1]))
    return found


def _broken(error: typst.TypstError | None) -> ContractBroken:
    return ContractBroken(
        tried="to print the page as PDF",
        found=str(error.message)[:500] if error else "texts that no font can show, ever new ones",
        expected="a document that PDF/A-3a and PDF/UA-1 allow",
        remedy="report the address of this page; its CSV and JSON have the same figures",
    )
