"""The order of a report's rows is the one that it tells, over all of its pages."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import httpx
import pytest

from publish.report_words import ReportWords
from reports.report_tables.catalogue import Report, ReportColumn
from reports.report_tables.order import order_of
from reports.report_tables.rows import Chosen, read_report
from tests.browser.example.described import report_words
from tests.browser.example.names import LETTER

TYPES = {
    "row_key": "VARCHAR",
    "name": "VARCHAR",
    "is_open": "BOOLEAN",
    "use_count": "BIGINT",
    "month": "DATE",
    "seen_at": "TIMESTAMP WITH TIME ZONE",
}
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def report_of(order: str) -> Report:
    """A report with that order."""
    columns = tuple(ReportColumn("rpt_rows", None, name, kind, None) for name, kind in TYPES.items())
    return Report("rpt_rows", None, ReportWords("", "", "", "", "", order), "row_key", columns, may_open=True)


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    """Many rows that are alike in nearly everything, with nothing in some columns."""
    chance = random.Random(11)
    values: dict[str, list[object]] = {
        "name": [None, "", "a", "B", "ü"],
        "is_open": [None, True, False],
        "use_count": [None, 0, -1, 7],
        "month": [None, BEGIN.date(), (BEGIN + timedelta(days=31)).date()],
        "seen_at": [None, BEGIN, BEGIN + timedelta(microseconds=1)],
    }
    made = [{name: chance.choice(of) for name, of in values.items()} for _ in range(330)]
    return [{"row_key": f"{chance.random():.12f}", **row} for row in made]


@pytest.fixture(scope="module")
def cursor(rows: list[dict[str, Any]]) -> Iterator[duckdb.DuckDBPyConnection]:
    """A snapshot with the report."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("create schema reports")
        columns = ", ".join(f"{name} {kind}" for name, kind in TYPES.items())
        connection.execute(f"create table reports.rpt_rows ({columns})")
        connection.executemany(
            f"insert into reports.rpt_rows values ({', '.join('?' * len(TYPES))})", [list(row.values()) for row in rows]
        )
        yield connection


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ("seen_at desc", "by seen at, latest first"),
        ("seen_at, name", "by seen at, earliest first, then by name"),
        ("is_open desc, month desc", "open first, then by month, latest first"),
        ("name desc, use_count", "by name, from Z to A, then by use count, least first"),
        ("use_count desc, is_open, name", "by use count, greatest first, then not open first, then by name"),
        ("hidden desc, name", "by name"),
        ("", "by key, as this snapshot tells no order"),
    ],
)
def test_pages_follow_each_other_in_the_order_that_is_told(
    cursor: duckdb.DuckDBPyConnection, rows: list[dict[str, Any]], order: str, words: str
) -> None:
    """A row that stands on no page, or on two, where many are alike or nothing is told of them."""
    report = report_of(order)
    page = read_report(cursor, report, Chosen(), None)
    seen = list(page.rows)
    while page.after is not None:
        page = read_report(cursor, report, Chosen(), page.after)
        seen += page.rows
    expected = sorted(rows, key=lambda row: str(row["row_key"]))
    for name, _, direction in reversed([each.strip().partition(" ") for each in order.split(",")]):
        if name in TYPES:
            told = [row for row in expected if row[name] is not None]
            told.sort(key=lambda row: row[name], reverse=direction == "desc")
            expected = told + [row for row in expected if row[name] is None]
    assert [row["row_key"] for row in seen] == [row["row_key"] for row in expected]
    assert page.order == words == order_of(report).words


def test_letters_stand_with_the_newest_first_and_their_images_in_order(client: httpx.Client) -> None:
    """The dossiers stood by when an asset version went live: last week's letters lay anywhere between."""
    page = client.get("/reports/rpt_communication_dossier.json").json()["page"]
    assert page["order"].startswith("by generated at, latest first, then by communication id")
    instants = [row["generated_at"] for row in page["rows"]]
    assert len(set(instants)) > 5
    assert instants == sorted(instants, reverse=True)
    places = [(row["communication_id_exstream"], row["rendering_id_exstream"], row["ordinal"]) for row in page["rows"]]
    of_one = [each for each in places if each[0] == LETTER]
    assert of_one == sorted(of_one)
    assert "by generated at, latest first" in client.get("/reports/rpt_communication_dossier").text


def test_every_report_of_a_snapshot_opens_in_its_order(client: httpx.Client) -> None:
    """An order that no question can be asked by takes the whole page away."""
    for name, words in report_words().items():
        told = client.get(f"/reports/{name}.json")
        assert told.status_code == 200, name
        first = words.order.partition(",")[0].removesuffix(" desc").removeprefix("is_").replace("_", " ")
        assert first in told.json()["page"]["order"], name
