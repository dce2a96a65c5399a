"""The addresses of the console: the page, and the rows of a query in every form.

Here belong the query's way through the address, and what of its rows is shown. The text of a query is its permalink.
A link of another site shows a query and does not run it: it would run under the reader's name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import duckdb
import pyarrow as pa
from fastapi import APIRouter, Depends, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from publish.reading import Snapshot
from reports.addresses import HOME, PageQuery, each_form
from reports.console.columns import read_starters, read_tables
from reports.console.supervisor import Answer, Console
from reports.exports.answers import MEDIA_TYPES, csv_on_the_web, file_name, headers_of, pieces_of
from reports.exports.listing import BATCH_ROWS, Listing, Origin
from reports.exports.written import json_value
from reports.pages import Crumb, Page, Presenter, form_address, form_of, pinned_path
from reports.people.asking import current_person, refuse_restricted, require
from reports.people.gate import Gate
from reports.problems import BadQuestion
from reports.shelf import OpenSnapshot
from reports.text import CSV_METADATA_ENDING, ROW_ENDINGS, iso
from reports.twins import data_until

LONGEST = 8_000
SHOWN_ROWS = 500
SHOWN_BYTES = 16 << 20
SHOWN_CELL = 300
EXPORTED_BYTES = 64 << 20


class ConsoleQuery(PageQuery):
    """The console; `q` is the statement."""

    q: Annotated[str, Field(max_length=LONGEST)] = ""


@dataclass(frozen=True)
class Shown:
    """What the page shows of an answer: cells as text, long ones cut."""

    columns: tuple[str, ...]
    numbers: tuple[bool, ...]
    rows: tuple[tuple[str, ...], ...]
    is_cut: bool
    seconds: float


def router(presenter: Presenter, gate: Gate, console: Console, most_rows: int) -> APIRouter:
    """Return the addresses of the console, its questions answered by `console`, exports of at most `most_rows`."""
    routes = APIRouter(include_in_schema=False, dependencies=[require("query"), Depends(refuse_restricted)])

    @each_form(routes, "/sql")
    def sql(request: Request, query: Annotated[ConsoleQuery, Query()]) -> Response:
        folder = presenter.shelf.folder_of(query.snapshot)
        text = query.q.strip()
        form = form_of(request)
        runs = bool(text) and not _is_of_another_site(request)
        if runs or form in ROW_ENDINGS:
            gate.record(current_person(request), "query", f"sha256:{_digest(text)}", folder.name, text)
        if form in ROW_ENDINGS:
            build = partial(_exported, request, console, folder, text, most_rows)
            return presenter.answer(request, query.snapshot, build)
        answer, problem = _asked(console, folder, text, form) if runs else (None, None)
        page = partial(console_page, text, runs, answer, problem, console)
        response = presenter.answer(request, query.snapshot, page)
        response.status_code = 400 if problem else response.status_code
        return response

    return routes


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _asked(console: Console, folder: Snapshot, text: str, form: str) -> tuple[Answer | None, BadQuestion | None]:
    """Return the answer, or the problem that the page shows beside the statement; a program is told it alone."""
    try:
        return console.ask(folder.database, text, SHOWN_ROWS, SHOWN_BYTES), None
    except BadQuestion as problem:
        if form:
            raise
        return None, problem


def console_page(
    text: str,
    runs: bool,
    answer: Answer | None,
    problem: BadQuestion | None,
    console: Console,
    cursor: duckdb.DuckDBPyConnection,
    snapshot: OpenSnapshot,
) -> Page:
    """Return the page: the statement, its rows or what is wrong with it, the tables, the worked queries."""
    return Page(
        template="sql.html",
        title="SQL",
        crumbs=(HOME, Crumb("SQL")),
        needed=[(cover.system, cover.stream) for cover in snapshot.coverage],
        content={
            "text": text,
            "runs": runs,
            "shown": shown(answer) if answer else None,
            "problem": problem,
            "tables": read_tables(cursor),
            "starters": read_starters(),
            "limits": console.limits,
            "longest": LONGEST,
            "row_forms": ROW_FORM_NAMES,
        },
        figures=figures(text, answer),
    )


ROW_FORM_NAMES = {"/sql.csv": "CSV", "/sql.rows.json": "JSON", "/sql.parquet": "Parquet"}


def figures(text: str, answer: Answer | None) -> Mapping[str, Any]:
    """Return the twin's figures: the statement, its columns and rows, and whether more were left out."""
    if answer is None:
        return {"sql": text}
    return {
        "sql": text,
        "columns": [{"name": each.name, "type": str(each.type)} for each in answer.table.schema],
        "rows": json_value(_rows(answer.table)),
        "is_cut": answer.is_cut,
    }


def shown(answer: Answer) -> Shown:
    """Return the cells of an answer as a page shows them; a cell of megabytes is told by its length."""
    table = answer.table
    kinds = [each.type for each in table.schema]
    return Shown(
        columns=tuple(table.column_names),
        numbers=tuple(pa.types.is_integer(kind) or pa.types.is_floating(kind) for kind in kinds),
        rows=tuple(tuple(_cell(value) for value in row) for row in _rows(table)),
        is_cut=answer.is_cut,
        seconds=answer.seconds,
    )


def _rows(table: pa.Table) -> list[list[Any]]:
    """Return rows as lists: two columns of a query may have one name."""
    columns = [column.to_pylist() for column in table.columns]
    return [list(row) for row in zip(*columns, strict=True)]


def _cell(value: object) -> str:
    if value is None:
        return ""
    plain = json_value(value)
    text = plain if isinstance(plain, str) else str(plain)
    return text if len(text) <= SHOWN_CELL else f"{text[:SHOWN_CELL]}… ({len(text):,} characters)"


def _exported(
    request: Request,
    console: Console,
    folder: Snapshot,
    text: str,
    most_rows: int,
    _cursor: duckdb.DuckDBPyConnection,
    snapshot: OpenSnapshot,
) -> Response:
    """Return the rows of a statement as a file, up to the cap; whether more were left out stands in its headers."""
    answer = console.ask(folder.database, text, most_rows, EXPORTED_BYTES)
    name = f"query-{_digest(text)[:12]}"
    grain = f"One row as the statement gives them{', cut at the cap of an export' if answer.is_cut else ''}."
    listing = Listing(name, grain, text, {}, {"q": text})
    origin = Origin(
        snapshot.name, iso(data_until(snapshot)), not answer.is_cut, {}, pinned_path(request, snapshot.name)
    )
    form = form_of(request)
    table = _with_distinct_names(answer.table)
    told = {**origin.to_plain(listing), "is_cut": answer.is_cut, "row_count": table.num_rows}
    if form == CSV_METADATA_ENDING:
        document = csv_on_the_web(told, table.schema, file_name(listing, origin, ".csv"), table.num_rows)
        return JSONResponse(document, media_type=MEDIA_TYPES[form])
    pieces = pieces_of(form, told, table.to_reader(BATCH_ROWS))
    headers = headers_of(form, listing, origin, form_address(request, CSV_METADATA_ENDING))
    return StreamingResponse(pieces, media_type=MEDIA_TYPES[form], headers=headers)


def _with_distinct_names(table: pa.Table) -> pa.Table:
    """Return the table with a number behind each name that came before, as files want names to be distinct."""
    names: list[str] = []
    for name in table.column_names:
        names.append(
            name if name not in names else f"{name}_{sum(one == name for one in table.column_names[: len(names)]) + 1}"
        )
    return table.rename_columns(names)


def _is_of_another_site(request: Request) -> bool:
    """Tell whether a page of another site led here; then a person has to press the button first."""
    return request.headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}
