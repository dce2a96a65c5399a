"""How a page asks: every text is parsed once, whoever asks it and of whatever."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import duckdb
import pytest

from reports import rows
from reports.rows import ask, read_entries, read_number


@pytest.fixture(autouse=True)
def nothing_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins with nothing parsed."""
    monkeypatch.setattr(rows, "_parsed", {})


@pytest.fixture
def cursor() -> Iterator[duckdb.DuckDBPyConnection]:
    """An open database with three names."""
    with duckdb.connect() as connection:
        connection.execute("create table names as select * from (values (1, 'a'), (2, 'b'), (3, 'c')) t (number, name)")
        yield connection


def test_values_and_their_types_are_those_of_each_question(cursor: duckdb.DuckDBPyConnection) -> None:
    """A kept plan would answer with the rows of whoever asked first."""
    question = "select name from names where number = ?"
    assert [ask(cursor, question, [number]).fetchall() for number in (1, 3, 9)] == [[("a",)], [("c",)], []]
    typed = [
        ask(cursor, "select typeof(?)", [value]).fetchone() for value in (1, "a", datetime(2026, 1, 1, tzinfo=UTC))
    ]
    assert typed == [("INTEGER",), ("VARCHAR",), ("TIMESTAMP WITH TIME ZONE",)]
    assert read_number(cursor, "select number from names where name = $name", {"name": "b"}) == 2


def test_another_snapshot_answers_with_its_own_rows(cursor: duckdb.DuckDBPyConnection) -> None:
    """What is kept must not hold a snapshot that was replaced, nor answer from it."""
    question = "select * from names where number = 1"
    before = read_entries(cursor, question)
    cursor.close()
    with duckdb.connect() as other:
        other.execute("create table names as select 'x' as name, 1 as number, true as is_new")
        assert before == [{"number": 1, "name": "a"}]
        assert read_entries(other, question) == [{"name": "x", "number": 1, "is_new": True}]


def test_many_at_once_get_each_their_own(cursor: duckdb.DuckDBPyConnection) -> None:
    """All threads of a worker share what is parsed."""

    def asked(number: int) -> list[int]:
        with cursor.cursor() as own:
            return [read_number(own, "select $a + $b", {"a": number, "b": step}) for step in range(200)]

    with ThreadPoolExecutor(8) as readers:
        assert list(readers.map(asked, range(8))) == [[number + step for step in range(200)] for number in range(8)]


def test_it_is_parsed_once_and_not_kept_without_end(
    cursor: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Texts with numbers in them would fill the memory of a worker within a day."""
    monkeypatch.setattr(rows, "MANY", 3)
    for number in range(10):
        assert read_number(cursor, f"select {number}") == number
        assert len(rows._parsed) <= 3
    kept = dict(rows._parsed)
    assert read_number(cursor, "select 9") == 9
    assert rows._parsed == kept


def test_what_cannot_be_asked_is_told_as_ever(cursor: duckdb.DuckDBPyConnection) -> None:
    """Pages tell a table that an older snapshot lacks by DuckDB's own error."""
    for _ in range(2):
        with pytest.raises(duckdb.CatalogException):
            ask(cursor, "select * from no_such_table")
        with pytest.raises(duckdb.ParserException):
            ask(cursor, "selec 1")
