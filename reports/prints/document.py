"""What is printed: a title, facts, and sections of sentences, facts and tables. Everything is text.

Here belong the typed parts only. What they say is written by the functions of `reports.prints.dossier`,
`reports.prints.audit_trail` and `reports.prints.sign_off`; how they look is `document.typ`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Fact = tuple[str, str]


@dataclass(frozen=True)
class Table:
    """A table with its caption; `widths` are the columns' shares of the line."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[float]


@dataclass(frozen=True)
class Bar:
    """A named period on an axis from 0 to 1, and what it says in words."""

    label: str
    begins: float
    ends: float
    words: str


@dataclass(frozen=True)
class Bars:
    """A picture of periods with an instant marked; `words` tell all of it to who does not see it."""

    words: str
    bars: Sequence[Bar]
    mark: float | None
    first_label: str
    last_label: str


@dataclass(frozen=True)
class Section:
    """A part with its heading."""

    heading: str
    sentences: Sequence[str] = ()
    facts: Sequence[Fact] = ()
    tables: Sequence[Table] = ()
    picture: Bars | None = None


@dataclass(frozen=True)
class Document:
    """All of it. `kind` is what it is, `title` what it is about, `lead` its sentence."""

    kind: str
    title: str
    lead: str
    sections: Sequence[Section]
    facts: Sequence[Fact] = ()
    landscape: bool = False
