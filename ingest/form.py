"""The form of a text: what may be told of one that may name a recipient.

Here belongs the one way in which a refusal speaks of a value: its letters as `x`, its digits as `9`, and its length, so
that whoever reads it recognises a time of another format, an address in the wrong column or a shifted field, and
learns of nobody. Which values may be shown as they are is decided where the sentence is written: names that a mapping
or our own code gives, never what stands in a file. Not here: masking free text that lands (`pseudonym`).
"""

from __future__ import annotations

MOST_SHOWN = 40
"""Characters of a form that a sentence shows."""


def form_of(text: str) -> str:
    """The text with all letters and all digits made alike; signs and white space stay."""
    return "".join("9" if letter.isnumeric() else "x" if letter.isalpha() else letter for letter in text)


def in_form(text: str) -> str:
    """A value in words for a refusal: its form, shortened, and how long it is."""
    if not text:
        return "an empty text"
    shown = "".join(letter if letter.isprintable() else "?" for letter in form_of(text[:MOST_SHOWN]))
    return f"a text of the form {shown!r}{'…' if len(text) > MOST_SHOWN else ''} ({len(text)} characters)"
