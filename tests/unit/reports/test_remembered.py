"""What is read once of a snapshot: by whom, and of which; and what an open snapshot may hold."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import duckdb
import pytest

from publish.snapshot import point_to
from reports.communication_names import Rows, found_by
from reports.dossier.evidence import read_recorded_uses
from reports.dossier.questions import read_communications
from reports.people.narrowed import narrowing
from reports.remembered import Memories, Memory, once, read_once, remember
from reports.shelf import SnapshotShelf
from tests.browser.example_snapshot import LETTER, publish_example


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


def test_a_replaced_snapshot_gives_its_memory_back(home: Path) -> None:
    """Each new snapshot would leave what the one before it held, until the machine has no more."""
    shelf = SnapshotShelf(home)
    names = sorted(path.name for path in (home / "snapshots").iterdir() if not path.is_symlink())
    point_to(home, names[0])
    first = shelf.current()
    point_to(home, names[1])
    second = shelf.current()

    def limits() -> list[str]:
        question = "select current_setting('memory_limit')"
        return [one.connection.execute(question).fetchall()[0][0] for one in (first, second)]

    assert limits() == ["64.0 MiB", "192.0 MiB"]
    shelf.pinned(names[0])
    assert limits() == ["192.0 MiB", "64.0 MiB"]
