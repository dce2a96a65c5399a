"""What leaves the reports as files: all rows that the address asks for, safe in a spreadsheet, whole in the twin."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import quote

import httpx
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from reports.exports.written import FORMULA as BEGINNINGS
from reports.exports.written import csv_lines, csv_pieces, csv_value, json_pieces, parquet_pieces
from reports.text import FORM_ENDINGS, path_part
from tests.browser.example.names import BANNER, FORMULA, HOSTILE_LETTER, LETTER

HOSTILE = f"/communications/{quote(HOSTILE_LETTER, safe='')}"
PLACES = ["/exceptions", f"/communications/{LETTER}", f"/assets/{BANNER}", HOSTILE]


def csv_rows(answer: httpx.Response) -> list[dict[str, str]]:
    """Return the rows of a CSV answer by column."""
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8"), newline="")))


def parquet_table(answer: httpx.Response) -> pa.Table:
    """Return the table of a Parquet answer."""
    return parquet.read_table(io.BytesIO(answer.content))


@pytest.mark.parametrize("path", PLACES)
def test_three_forms_hold_the_same_rows(client: httpx.Client, path: str) -> None:
    """An auditor who gets fewer rows in one form than in another trusts none of them."""
    whole = client.get(f"{path}.rows.json").json()
    table = parquet_table(client.get(f"{path}.parquet"))
    rows = csv_rows(client.get(f"{path}.csv"))
    names = [column["name"] for column in whole["columns"]]
    assert len(rows) == len(whole["rows"]) == table.num_rows > 0
    assert list(rows[0]) == names == table.column_names
    assert [row["verdict" if "verdict" in row else "control_name"] for row in rows] == [
        row["verdict" if "verdict" in row else "control_name"] for row in whole["rows"]
    ]


def test_an_export_holds_every_row_and_not_a_page(client: httpx.Client) -> None:
    """A list of fifty that looks like all exceptions leaves the rest unworked."""
    page = client.get("/exceptions.json").json()["exceptions"]
    assert len(page["rows"]) < page["exception_count"]
    assert len(csv_rows(client.get("/exceptions.csv"))) == page["exception_count"]
    later = client.get("/exceptions.csv", params={"after": page["after"]})
    assert len(csv_rows(later)) == page["exception_count"]


def test_the_filters_of_the_address_apply(client: httpx.Client) -> None:
    """An export that forgets the filter tells a partner what is about another."""
    asked = {"control": "ctl_unanswered_corrected_cases", "standing": "standing"}
    rows = csv_rows(client.get("/exceptions.csv", params=asked))
    assert {(row["control_name"], row["is_standing"]) for row in rows} == {(asked["control"], "true")}
    assert len(rows) == client.get("/exceptions.json", params=asked).json()["exceptions"]["exception_count"]
    assert client.get("/exceptions.rows.json", params=asked).json()["filters"] == asked


def test_a_formula_is_defused_for_the_spreadsheet_and_whole_in_the_twin(client: httpx.Client) -> None:
    """A vendor's name that a spreadsheet runs sends what the officer has open to whoever wrote it."""
    names = [row["placeholder_name"] for row in csv_rows(client.get(f"{HOSTILE}.csv"))]
    assert f"'{FORMULA}" in names
    assert not [name for name in names if name.startswith(BEGINNINGS)]
    whole = [row["placeholder_name"] for row in client.get(f"{HOSTILE}.rows.json").json()["rows"]]
    assert FORMULA in whole
    assert whole == parquet_table(client.get(f"{HOSTILE}.parquet"))["placeholder_name"].to_pylist()


def test_an_export_says_where_it_comes_from(client: httpx.Client) -> None:
    """A file without its snapshot and its completeness reads as the whole truth of today."""
    answer = client.get("/exceptions.csv?standing=standing")
    name = client.get("/health").json()["snapshot"]
    assert answer.headers["content-type"].startswith("text/csv; charset=utf-8")
    assert answer.headers["content-disposition"] == f'attachment; filename="exceptions-{name}.csv"'
    assert answer.headers["assettrail-snapshot"] == name
    assert answer.headers["assettrail-data-until"] == "2026-05-04T06:00:00Z"
    assert answer.headers["assettrail-complete"] in {"yes", "no"}
    told = answer.headers["link"]
    document = client.get(told[1 : told.index(">")])
    assert document.headers["content-type"].startswith("application/csvm+json")
    described = document.json()
    assert [column["name"] for column in described["tableSchema"]["columns"]] == list(csv_rows(answer)[0])
    assert described["notes"][0]["assettrail"]["row_count"] == len(csv_rows(answer))
    for origin in (
        described["notes"][0]["assettrail"],
        client.get("/exceptions.rows.json").json(),
        json.loads(parquet_table(client.get("/exceptions.parquet")).schema.metadata[b"assettrail"]),
    ):
        assert origin["snapshot"] == name
        assert origin["data_until"] == "2026-05-04T06:00:00Z"
        assert origin["completeness"]["streams"]
        assert "snapshot=" in origin["address"]


def test_an_asset_exports_its_publications_and_approvals_too(client: httpx.Client) -> None:
    """Who recalls an asset needs the communities that hold it, not only the letters."""
    page = client.get(f"/assets/{BANNER}.json").json()["where_used"]
    assert len(csv_rows(client.get(f"/assets/{BANNER}.csv?rows=publications"))) == page["publication_count"]
    approvals = client.get(f"/assets/{BANNER}.rows.json?rows=approvals").json()["rows"]
    assert len(approvals) == len(page["approvals"])
    assert not [row for row in approvals if str(row["valid_to"]).startswith("9999")]
    assert client.get(f"/assets/{BANNER}.csv?rows=passwords").status_code == 400


@pytest.mark.parametrize("path", ["/communications/nobody.csv", "/exceptions.parquet?colour=red", "/cases/x.rows.json"])
def test_what_cannot_be_exported_is_told_as_a_problem(client: httpx.Client, path: str) -> None:
    """A problem that comes as a file with the name of an export is read as its rows."""
    answer = client.get(path)
    assert answer.status_code in {400, 404}
    assert set(answer.json()) >= {"tried", "found", "expected", "remedy"}
    assert "content-disposition" not in answer.headers


def test_the_page_leads_to_its_files(client: httpx.Client) -> None:
    """A file that nobody finds is typed off by hand."""
    page = client.get("/exceptions?standing=standing").text
    for ending in (".csv", ".rows.json", ".parquet"):
        assert f'href="/exceptions{ending}?standing=standing"' in page


@pytest.mark.parametrize("ending", FORM_ENDINGS)
def test_an_id_that_ends_like_a_form_is_still_an_id(client: httpx.Client, ending: str) -> None:
    """An id of a vendor that looks like a form would open another one's page."""
    wanted = f"COM{ending}"
    assert wanted in client.get(f"/communications/{path_part(wanted)}.json").json()["tried"]
    assert wanted in client.get(f"/communications/{path_part(wanted)}.rows.json").json()["tried"]


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8")), min_size=2, max_size=2), max_size=20))
def test_a_csv_is_read_back_as_it_was_written(rows: list[list[str]]) -> None:
    """A quote or a line end in a name that shifts the cells puts a verdict beside another asset."""
    written = csv_lines([csv_value(cell) for cell in row] for row in rows)
    read = list(csv.reader(io.StringIO(written.decode("utf-8"), newline="")))
    assert [[cell.removeprefix("'") if cell[1:].startswith(BEGINNINGS) else cell for cell in row] for row in read] == [
        [cell.removeprefix("'") if cell[1:].startswith(BEGINNINGS) else cell for cell in row] for row in rows
    ]
    assert not [cell for row in read for cell in row if cell.startswith(BEGINNINGS)]


@pytest.mark.parametrize("form", ["csv", "json", "parquet"])
def test_rows_are_written_while_they_are_read(form: str) -> None:
    """An export that is gathered before it is sent takes the server's memory with every large asset."""
    schema = pa.schema([("name", pa.string()), ("at", pa.timestamp("us", "UTC"))])
    read: list[int] = []

    def batches() -> Iterator[pa.RecordBatch]:
        for number in range(64):
            read.append(number)
            yield pa.record_batch([["x" * 200] * 500, [datetime(2026, 5, 4, tzinfo=UTC)] * 500], schema=schema)

    reader = pa.RecordBatchReader.from_batches(schema, batches())
    pieces = {
        "csv": lambda: csv_pieces(reader),
        "json": lambda: json_pieces({}, reader),
        "parquet": lambda: parquet_pieces({}, reader),
    }[form]()
    next(pieces)
    assert len(read) <= 17
    written = next(pieces) + b"".join(pieces)
    assert len(read) == 64
    assert written
