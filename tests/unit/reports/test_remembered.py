"""What is read once of a snapshot: by whom, and of which; and what an open snapshot may hold."""

from __future__ import annotations

import gc
import shutil
import threading
import weakref
from pathlib import Path
from typing import Any

import duckdb
import pytest

from publish.snapshot import point_to
from reports.brand.rows import BrandFilters
from reports.communication_names import Rows, found_by
from reports.dossier.evidence import read_recorded_uses
from reports.dossier.questions import read_communications
from reports.people.narrowed import narrowing
from reports.remembered import Memories, Memory, once, opened_once, read_once, remember
from reports.shelf import OpenSnapshot, SnapshotShelf, _open
from tests.browser.example_snapshot import LETTER, publish_example
from tests.browser.live_reports import client_of


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two published snapshots of the same content."""
    home = tmp_path_factory.mktemp("remembered")
    folder = publish_example(home)
    shutil.copytree(folder, folder.with_name("20260504T070000Z-4712"))
    return home


def test_a_question_is_asked_once_of_each_memory_also_by_many_at_once() -> None:
    """Eight people at a new snapshot would each count all of it; a restricted one must not be told others' counts."""
    memories, asked = Memories(), []

    def ask() -> int:
        asked.append(threading.get_ident())
        return len(asked)

    everybody = memories.of(None)
    threads = [threading.Thread(target=everybody.once, args=("count", ask)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(asked) == 1
    assert memories.of(None).once("count", ask) == 1
    assert memories.of(frozenset({"DE"})).once("count", ask) == 2
    assert memories.of(frozenset({"DE"})).once("count", ask) == 2


def test_a_question_that_failed_is_asked_again() -> None:
    """A snapshot that could not be read for a moment must not look empty until the server is started anew."""
    memory = Memory()
    with pytest.raises(duckdb.Error):
        memory.once("count", lambda: duckdb.sql("select * from nowhere").fetchall())
    assert memory.once("count", lambda: 7) == 7


def test_a_cursor_without_a_memory_is_asked_each_time() -> None:
    """A reader outside the server would be told what an earlier snapshot held."""
    with duckdb.connect() as connection:
        connection.execute("create table told (n integer)")

        @read_once
        def count(cursor: duckdb.DuckDBPyConnection) -> int:
            return len(cursor.execute("select * from told").fetchall())

        assert count(connection) == 0
        connection.execute("insert into told values (1)")
        assert count(connection) == 1
        memory = Memory()
        for _ in range(2):
            with connection.cursor() as cursor:
                remember(cursor, memory)
                assert count(cursor) == 1
                assert once(cursor, "other", lambda: 3) == 3


def test_a_row_that_is_not_of_the_communication_is_never_its_use(home: Path) -> None:
    """A number that is off by one would show another person's letter under this one's id."""
    with SnapshotShelf(home).current().cursor(None) as cursor:
        [(key, rows)] = found_by(cursor, LETTER).items()
        assert rows is not None
        assert rows.first_use_row is not None
        assert rows.last_use_row is not None
        [letter] = read_communications(cursor, LETTER)
        by_rows = read_recorded_uses(cursor, letter, rows)
        assert by_rows == read_recorded_uses(cursor, letter, None) != []
        assert len(by_rows) == letter.use_count == rows.last_use_row - rows.first_use_row + 1
        wide = Rows(rows.communication_row, 0, rows.last_use_row + 1_000)
        assert read_recorded_uses(cursor, letter, wide) == by_rows
        beside = Rows(rows.communication_row, rows.last_use_row + 1, rows.last_use_row + 9)
        assert read_recorded_uses(cursor, letter, beside) == []
        assert letter.communication_key == key


def test_a_restricted_person_has_no_rows_and_counts_only_their_own(home: Path) -> None:
    """A count over all letters tells a restricted officer of those that are not theirs."""
    assert narrowing("serving.similar_names", ["name"]) == narrowing("serving.exact_names", ["name"]) == "true"
    assert narrowing("serving.asset_totals", ["asset_key", "groups"]) is None
    assert narrowing("serving.asset_counts", ["asset_key", "exception_count"]) is None
    with SnapshotShelf(home).current().cursor(frozenset({"CA-QC"})) as cursor:
        assert found_by(cursor, LETTER) == {}


@pytest.fixture
def names(home: Path) -> tuple[str, str]:
    """The names of both snapshots, the first of which is current."""
    first, second = sorted(path.name for path in (home / "snapshots").iterdir() if not path.is_symlink())
    point_to(home, first)
    return first, second


def test_a_replaced_snapshot_is_let_go_at_once(home: Path, names: tuple[str, str]) -> None:
    """Each new snapshot would leave what the one before it held, until the machine has no more."""
    shelf = SnapshotShelf(home)
    first = weakref.ref(shelf.current())
    with shelf.current().cursor(None) as cursor:
        point_to(home, names[1])
        assert shelf.current().name == names[1]
        assert cursor.execute("select count(*) > 0 from marts.dim_assets").fetchall() == [(True,)]
    assert first() is None
    pinned = weakref.ref(shelf.pinned(names[0]).connection)
    assert pinned() is not None
    shelf.current()
    assert shelf.pinned(names[0]).connection is pinned()


def test_what_a_page_leaves_behind_does_not_hold_its_snapshot(
    home: Path, names: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Templates and requests outlive their answer; with the file in each, a server outgrows its machine."""
    opened: list[weakref.ref[OpenSnapshot]] = []

    def watched(*of: Any) -> OpenSnapshot:
        snapshot = _open(*of)
        opened.append(weakref.ref(snapshot))
        return snapshot

    monkeypatch.setattr("reports.shelf._open", watched)
    gc.disable()
    try:
        with client_of(home) as client:
            paths = ("/", f"/communications/{LETTER}", "/exceptions", "/trust", "/partners", "/communications/NOBODY")
            first = [client.get(path).status_code for path in paths]
            point_to(home, names[1])
            assert first == [client.get(path).status_code for path in paths] == [200] * 5 + [404]
            assert [one() is not None for one in opened] == [False, True]
    finally:
        gc.enable()


def test_nobody_waits_while_another_opens_the_newest_snapshot(
    home: Path, names: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """At each publish everybody would wait for the file to be opened, all at the same time."""
    shelf = SnapshotShelf(home)
    assert shelf.current().name == names[0]
    begun, may_end = threading.Event(), threading.Event()

    def slowly(*of: Any) -> OpenSnapshot:
        begun.set()
        assert may_end.wait(30)
        return _open(*of)

    monkeypatch.setattr("reports.shelf._open", slowly)
    point_to(home, names[1])
    told: list[str] = []
    opening = threading.Thread(target=lambda: told.append(shelf.current().name))
    opening.start()
    assert begun.wait(30)
    assert shelf.current().name == names[0]
    may_end.set()
    opening.join(30)
    assert [*told, shelf.current().name] == [names[1], names[1]]


def test_a_list_is_asked_once_as_everybody_opens_it() -> None:
    """What somebody filters by is theirs: kept for everybody, whoever types most fills the memory."""
    asked: list[tuple[object, str | None]] = []

    @opened_once
    def rows(_cursor: duckdb.DuckDBPyConnection, filters: BrandFilters, after: str | None) -> int:
        asked.append((filters, after))
        return len(asked)

    with duckdb.connect() as connection:
        remember(connection, Memory())
        every, some = BrandFilters(), BrandFilters(unit="retail")
        answers = [
            rows(connection, *of) for of in ((every, None), (every, None), (some, None), (some, None), (every, "k"))
        ]
    assert answers == [1, 1, 2, 3, 4]
    assert asked == [(every, None), (some, None), (some, None), (every, "k")]
