"""Accesses that are written down together, by one thread of the process."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from assettrail.errors import ConfigurationError
from assettrail.settings import Settings
from corrections.people.accesses import NewAccess, read_accesses
from corrections.people.register import Person
from corrections.store.database import Store, open_store
from reports.people.access_writer import AccessWriter

NOW = datetime(2026, 7, 1, tzinfo=UTC)
FIRST = NewAccess(Person("olga", frozenset({"officer"})), "dossier", "COM-1", "s1")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store of our own."""
    with open_store(Settings(home=tmp_path / "home")) as opened:
        yield opened


class Held:
    """A store whose first transaction of the test begins only when it is let go."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.may_go = Event()
        self.transactions = 0

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """Begin as the store does."""
        assert self.may_go.wait(30)
        self.transactions += 1
        with self.store.begin() as session:
            yield session


def subjects(store: Store) -> list[str]:
    with store.read() as session:
        return [access.subject for access in reversed(read_accesses(session))]


def written(store: Store, *asked: str) -> tuple[Held, list[Future[None]]]:
    """Return what became of accesses of which the first held up the others."""
    held = Held(store)
    writer = AccessWriter(lambda: held, lambda: NOW)  # type: ignore[arg-type,return-value]
    ends = [writer.write(replace(FIRST, subject=subject)) for subject in asked]
    held.may_go.set()
    return held, ends


def test_those_who_wait_share_a_transaction_and_keep_their_order(store: Store) -> None:
    """Eight readers who wait for the disk one after the other wait eight times as long."""
    asked = [f"COM-{number}" for number in range(20)]
    held, ends = written(store, *asked)
    assert [end.result(30) for end in ends] == [None] * 20
    assert subjects(store) == asked
    assert held.transactions <= 2


def test_one_that_the_database_refuses_takes_no_other_with_it(store: Store) -> None:
    """A reader who is told that nothing could be logged sees nothing, and whoever is logged sees their page."""
    with store.begin() as session:
        refused = "new.subject = 'COM-2' begin select raise(abort, 'full'); end"
        session.execute(text(f"create trigger full before insert on accesses when {refused}"))
    _, ends = written(store, "COM-0", "COM-1", "COM-2", "COM-\ud800", "COM-3")
    for end in (ends[0], ends[1], ends[4]):
        assert end.result(30) is None
    with pytest.raises(ConfigurationError, match="full"):
        ends[2].result(30)
    with pytest.raises(UnicodeEncodeError):
        ends[3].result(30)
    assert subjects(store) == ["COM-0", "COM-1", "COM-3"]
