"""What is read once of a snapshot: it never changes, so that what it told one request holds for every other.

Here belongs the memory beside a cursor. Every open snapshot has its own, and in it each set of jurisdictions that
somebody is restricted to, who sees other rows under the same names. Only what does not depend on the subject of a page
is kept: which tables there are, what a list holds as everybody opens it. A cursor without a memory is asked each time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any, Protocol, TypeVar
from weakref import WeakKeyDictionary

import duckdb

from publish.serving import relation as _relation

Told = TypeVar("Told")
Cursor = duckdb.DuckDBPyConnection


class Memory:
    """What one snapshot told to people who see the same rows. Safe to ask from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asking: dict[Hashable, threading.RLock] = {}
        self._told: dict[Hashable, Any] = {}

    def once(self, what: Hashable, ask: Callable[[], Told]) -> Told:
        """Return what was told of `what`; the first to want it asks, and others who want it meanwhile wait."""
        if what not in self._told:
            with self._lock:
                asking = self._asking.setdefault(what, threading.RLock())
            with asking:
                if what not in self._told:
                    self._told[what] = ask()
        told: Told = self._told[what]
        return told


class Memories:
    """The memories of one open snapshot, by what people may see of it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of: dict[frozenset[str] | None, Memory] = {}

    def of(self, jurisdictions: frozenset[str] | None) -> Memory:
        """Return the memory of those who see these jurisdictions only; None: all."""
        with self._lock:
            return self._of.setdefault(jurisdictions, Memory())


_BESIDE: WeakKeyDictionary[Cursor, Memory] = WeakKeyDictionary()


def remember(cursor: Cursor, memory: Memory) -> None:
    """Let a cursor have a memory; it must see the rows that the memory is of."""
    _BESIDE[cursor] = memory


def once(cursor: Cursor, what: Hashable, ask: Callable[[], Told]) -> Told:
    """Return what the snapshot of a cursor told of `what`, asked now where nobody did before."""
    memory = _BESIDE.get(cursor)
    return ask() if memory is None else memory.once(what, ask)


def read_once(question: Callable[[Cursor], Told]) -> Callable[[Cursor], Told]:
    """Let a question that depends on nothing but the snapshot be asked once of each."""

    @wraps(question)
    def asked(cursor: Cursor) -> Told:
        return once(cursor, question, lambda: question(cursor))

    return asked


class Filters(Protocol):
    """What a reader of a list asked for."""

    @property
    def is_any_set(self) -> bool:
        """Tell whether anything is filtered out."""


Chosen = TypeVar("Chosen", bound=Filters)


def opened_once(
    question: Callable[[Cursor, Chosen, str | None], Told],
) -> Callable[[Cursor, Chosen, str | None], Told]:
    """Let a list be asked once of each snapshot as everybody opens it: from its beginning, and nothing filtered out.

    With a filter, or behind a place, it is asked each time: there are as many of these as somebody can type.
    """

    @wraps(question)
    def asked(cursor: Cursor, filters: Chosen, after: str | None) -> Told:
        if after is not None or filters.is_any_set:
            return question(cursor, filters, after)
        return once(cursor, question, lambda: question(cursor, filters, after))

    return asked


def relation(cursor: Cursor, name: str) -> str:
    """Return what to read `serving.<name>` from, as `publish.serving.relation` does."""
    return once(cursor, ("relation", name), lambda: _relation(cursor, name))
