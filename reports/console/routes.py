"""The addresses of the console: the page, and the rows of a query in every form.

Here belong the query's way through the address, and what of its rows is shown. The text of a query is its permalink.
A link of another site shows a query and does not run it: it would run under the reader's name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import duckdb
import pyarrow as pa
from fastapi import APIRouter, Depends, Form, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse

from assettrail.errors import ConfigurationError
from corrections.people.accesses import write_access
from corrections.people.saved_queries import SavedQuery, save_query, saved_queries
from publish.reading import Snapshot
from reports.addresses import HOME, PageQuery, each_form
from reports.console.columns import read_starters, read_tables
from reports.console.statement import Refused, digest, only_statement
from reports.console.supervisor import Answer, Console, Limits, not_run, refused
from reports.console.withdrawal import no_longer_run, query_of
from reports.exports.answers import MEDIA_TYPES, csv_on_the_web, file_name, headers_of, pieces_of
from reports.exports.listing import BATCH_ROWS, Gathered, Listing, Origin
from reports.exports.written import json_value
from reports.own_records import OwnRecords
from reports.pages import Crumb, Page, Presenter, form_address, form_of, pinned_path, without_form
from reports.people.asking import current_person, decider, refuse_restricted, require
from reports.people.gate import Gate
from reports.problems import BadQuestion
from reports.shelf import OpenSnapshot
from reports.text import CSV_METADATA_ENDING, ROW_ENDINGS, iso
from reports.twins import data_until

SQL = Crumb("SQL", "/sql")
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


@dataclass(frozen=True)
class Asked:
    """What the page is about: a statement, what came of it, the saved query that it is, what refused to save it."""

    text: str
    runs: bool
    answer: Answer | None
    problem: BadQuestion | None
    saved: SavedQuery | None = None
    refusal: Refusal | None = None


def router(presenter: Presenter, gate: Gate, console: Console, most_rows: int) -> APIRouter:
    """Return the addresses of the console, its questions answered by `console`, exports of at most `most_rows`."""
    routes = APIRouter(include_in_schema=False, dependencies=[require("query"), Depends(refuse_restricted)])

    pages = ConsolePages(presenter, gate, console, most_rows)

    @each_form(routes, "/sql")
    def sql(request: Request, query: Annotated[ConsoleQuery, Query()]) -> Response:
        return pages.answer(request, query.snapshot, query.q.strip())

    @each_form(routes, "/sql/saved")
    def saved(request: Request, _query: Annotated[PageQuery, Query()]) -> Response:
        return pages.saved(request)

    @routes.post("/sql/saved", dependencies=[require("save_query")])
    def save(
        request: Request,
        name: Annotated[str, Form(max_length=300)] = "",
        q: Annotated[str, Form(max_length=LONGEST)] = "",
        purpose: Annotated[str, Form(max_length=4_000)] = "",
    ) -> Response:
        return pages.save(request, name, q, purpose)

    @routes.get("/sql/{name}")
    def one(request: Request, name: str, query: Annotated[PageQuery, Query()]) -> Response:
        found = pages.find(without_form(request, name))
        if found.is_withdrawn:
            return no_longer_run(presenter, gate, request, found)
        return pages.answer(request, query.snapshot, found.statement, found)

    return routes


@dataclass(frozen=True)
class Refusal:
    """A query that was not saved, with what the form held."""

    error: ConfigurationError | BadQuestion
    name: str
    purpose: str


class ConsolePages:
    """Makes the pages of the console: a statement with its rows, and the saved ones."""

    def __init__(self, presenter: Presenter, gate: Gate, console: Console, most_rows: int) -> None:
        self._presenter = presenter
        self._gate = gate
        self._console = console
        self._most_rows = most_rows

    def answer(
        self,
        request: Request,
        snapshot_name: str,
        text: str,
        saved: SavedQuery | None = None,
        refusal: Refusal | None = None,
    ) -> Response:
        """Return the page of a statement, or its rows in the form that the address asks for."""
        folder = self._presenter.shelf.folder_of(snapshot_name)
        form = form_of(request)
        runs = bool(text) and refusal is None and not _is_of_another_site(request)
        if runs or form in ROW_ENDINGS:
            self._gate.record(current_person(request), "query", f"sha256:{digest(text)}", folder.name, text)
        if form in ROW_ENDINGS:
            build = partial(_exported, request, self._console, folder, text, self._most_rows)
            return self._presenter.answer(request, snapshot_name, build)
        answer, problem = _asked(self._console, folder, text, form) if runs else (None, None)
        asked = Asked(text, runs, answer, problem, saved, refusal)
        response = self._presenter.answer(request, snapshot_name, partial(self._page, asked))
        response.status_code = 400 if problem or refusal else response.status_code
        return response

    def saved(self, request: Request) -> Response:
        """Return the list of saved queries."""
        found = self._all()
        page = Page(
            template="sql_saved.html",
            title="Saved queries",
            crumbs=(HOME, SQL, Crumb("Saved queries")),
            needed=(),
            content={"saved_queries": found},
            figures={"saved_queries": found},
            own=OwnRecords("saved queries", len(found), len(found), self._gate.now()),
            listing=Gathered("saved-queries", "One row per saved query.", SavedQuery, lambda: iter(found)),
        )
        return self._presenter.plain(request, page)

    def save(self, request: Request, name: str, text: str, purpose: str) -> Response:
        """Save a statement that may be run and lead to it; a refusal is shown beside the form, in its words."""
        by = decider(request)
        try:
            refuse_what_does_not_run(text.strip())
            with self._gate.store().begin() as session:
                query = save_query(session, self._gate.clock.now(), by, name, text, purpose)
                subject = f"sha256:{digest(query.statement)}"
                write_access(session, query.saved_at, by, "query", subject, None, f"saved as {query.name}")
        except (ConfigurationError, BadQuestion) as refusal:
            return self.answer(request, "", text.strip(), refusal=Refusal(refusal, name[:80], purpose))
        return RedirectResponse(f"/sql/{query.name}", 303)

    def find(self, name: str) -> SavedQuery:
        """Return the saved query of that name. Raises NothingFound."""
        return query_of(self._gate, name)

    def _all(self) -> Sequence[SavedQuery]:
        with self._gate.reading() as session:
            return () if session is None else saved_queries(session)

    def _page(self, asked: Asked, cursor: duckdb.DuckDBPyConnection, snapshot: OpenSnapshot) -> Page:
        return console_page(asked, self._console.limits, self._all(), cursor, snapshot)


def refuse_what_does_not_run(text: str) -> None:
    """Raise BadQuestion for a text that the console would not run."""
    try:
        only_statement(text)
    except Refused as error:
        raise refused(str(error)) from error
    except duckdb.Error as error:
        raise not_run(f"{type(error).__name__}: {str(error)[:4_000]}") from error


def _asked(console: Console, folder: Snapshot, text: str, form: str) -> tuple[Answer | None, BadQuestion | None]:
    """Return the answer, or the problem that the page shows beside the statement; a program is told it alone."""
    try:
        return console.ask(folder.database, text, SHOWN_ROWS, SHOWN_BYTES), None
    except BadQuestion as problem:
        if form:
            raise
        return None, problem


def console_page(
    asked: Asked,
    limits: Limits,
    saved_queries: Sequence[SavedQuery],
    cursor: duckdb.DuckDBPyConnection,
    snapshot: OpenSnapshot,
) -> Page:
    """Return the page: the statement, its rows or what is wrong with it, the tables, worked and saved queries."""
    saved = asked.saved
    return Page(
        template="sql.html",
        title=f"SQL: {saved.name}" if saved else "SQL",
        crumbs=(HOME, SQL, Crumb(saved.name)) if saved else (HOME, Crumb("SQL")),
        needed=[(cover.system, cover.stream) for cover in snapshot.coverage],
        content={
            "text": asked.text,
            "runs": asked.runs,
            "shown": shown(asked.answer) if asked.answer else None,
            "problem": asked.problem,
            "saved": saved,
            "refusal": asked.refusal,
            "saved_queries": [one for one in saved_queries if not one.is_withdrawn],
            "tables": read_tables(cursor),
            "starters": read_starters(),
            "limits": limits,
            "longest": LONGEST,
            "row_forms": ROW_FORM_NAMES,
        },
        figures=figures(asked.text, asked.answer) | ({"saved": saved} if saved else {}),
    )


ROW_FORM_NAMES = {"/sql.csv": "CSV", "/sql.rows.json": "JSON", "/sql.parquet": "Parquet"}


def figures(text: str, answer: Answer | None) -> dict[str, Any]:
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
    name = f"query-{digest(text)[:12]}"
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
