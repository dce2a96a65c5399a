"""A page and its two forms: HTML for people, the `.json` twin for programs, from the same figures.

Here belongs what stands on every page: breadcrumbs, snapshot, completeness, addresses that keep a pinned snapshot. What
a page shows belongs to its own module, the templates' environment is `page_templates`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import urlencode

import duckdb
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from assettrail.errors import AssettrailError
from corrections.people.accesses import AccessKind
from reports import text
from reports.completeness import Completeness, completeness
from reports.exports.answers import export, no_cursor
from reports.exports.listing import Origin, Rows
from reports.navigation import bar
from reports.own_records import OwnRecords, landed_until
from reports.page_templates import environment
from reports.people.asking import Visitor, current_person, has_right, lacks_only_a_name, refuse_without_right
from reports.people.gate import Gate
from reports.people.return_address import sign_in_address
from reports.prints.document import Document
from reports.prints.printer import Printer, State
from reports.problems import NothingFound, NothingToRead
from reports.report_tables.catalogue import reports_at
from reports.shelf import OpenSnapshot, SnapshotHead, SnapshotShelf
from reports.turns import end_turn
from reports.twins import completeness_figures, data_until, instant_of, known_at, to_plain, twin

ROW_FORMS = {text.CSV_ENDING: "CSV", text.ROWS_ENDING: "All rows as JSON", text.PARQUET_ENDING: "Parquet"}
PRINT_FORMS = {text.PDF_ENDING: "PDF"}


@dataclass(frozen=True)
class Crumb:
    """A step of the path to the page; the last one has no address."""

    name: str
    path: str | None = None


@dataclass(frozen=True)
class Page:
    """What a screen hands over: its words for the template, and its figures for the twin.

    `needed` are the (system, stream) pairs that the page rests on, `own` what it shows of our own store. `seen` is what
    the log of accesses tells of it: kind and subject, never a recipient's identifier; None where it tells nothing.
    `listing` are its rows to export, of one of several `choices` (`?rows=`) where it has these, `document` makes its
    print, where it has one. `status` is not 200 where a form on it was refused.
    """

    template: str
    title: str
    crumbs: Sequence[Crumb]
    needed: Sequence[tuple[str, str]]
    content: Mapping[str, object]
    figures: Mapping[str, object]
    own: OwnRecords | None = None
    seen: tuple[AccessKind, str] | None = None
    listing: Rows | None = None
    choices: Sequence[str] = ()
    document: Callable[[], Document] | None = None
    status: int = 200


Build = Callable[[duckdb.DuckDBPyConnection, OpenSnapshot], Page | Response]


class Presenter:
    """Answers requests: finds the snapshot, builds the page on a cursor of its own, writes the form asked for."""

    def __init__(self, shelf: SnapshotShelf, gate: Gate, printer: Printer) -> None:
        self.shelf = shelf
        self._gate = gate
        self._printer = printer
        self._templates = environment()

    @property
    def signs_in_elsewhere(self) -> bool:
        """Whether people sign in at a provider: then a deep link leads there at once."""
        return self._gate.mode == "oidc"

    def prepare(self) -> None:
        """Have at hand what the first page would wait for: the current snapshot, if there is one, and the templates."""
        self._current()
        for name in self._templates.list_templates():
            self._templates.get_template(name)

    def answer(
        self,
        request: Request,
        snapshot_name: str | None,
        build: Build,
        seen: tuple[AccessKind, str] | None = None,
    ) -> Response:
        """Return the page in the form that the address asks for (`.json` is the twin).

        It is built on what the person may see. `seen` (or the page's own) is written to the log of accesses before
        anything is shown, while the page is made; where it cannot be written, nothing is shown.

        Raises what the page raises; the handlers of `reports.application` turn that into a page of its own.
        """
        snapshot = self.shelf.pinned(snapshot_name) if snapshot_name else self.shelf.current()
        request.state.snapshot = snapshot.head
        person = current_person(request)
        with snapshot.cursor(person.jurisdictions) as cursor:
            page = build(cursor, snapshot)
        seen = seen or (None if isinstance(page, Response) else page.seen)
        written = None
        if form_of(request) in text.TAKEN_OUT:
            self.take_out(request, unpinned_path(request), snapshot.name)
        elif seen is not None:
            detail = "as JSON" if form_of(request) == text.TWIN_ENDING else ""
            written = self._gate.begin_record(person, *seen, snapshot.name, detail)
        if isinstance(page, Page):
            page = self._formed(request, page, snapshot, completeness(snapshot.coverage, page.needed))
        if written is not None:
            end_turn(request)
            written.result()
        return page

    def plain(self, request: Request, page: Page) -> Response:
        """Return a page, in the form asked for, that shows our own store, or no record at all.

        How far its records have landed, and what claims cover of what it needs beside them, is told by the current
        snapshot, where there is one.
        """
        if form_of(request) in text.TAKEN_OUT:
            self.take_out(request, unpinned_path(request), None)
        current = self._current() if page.needed else None
        return self._formed(request, page, None, completeness(current.coverage, page.needed) if current else None)

    def _current(self) -> OpenSnapshot | None:
        try:
            return self.shelf.current()
        except NothingToRead:
            return None

    def _formed(
        self, request: Request, page: Page, snapshot: OpenSnapshot | None, covered: Completeness | None
    ) -> Response:
        page = replace(page, own=self._landed(page.own, snapshot))
        form = form_of(request)
        if form == text.TWIN_ENDING:
            return JSONResponse(twin(page.title, page.figures, snapshot, covered, page.own), page.status)
        if form in text.ROW_ENDINGS and page.listing:
            return self._rows(request, form, page, page.listing, snapshot, covered)
        if form == text.PDF_ENDING and page.document and snapshot and covered:
            return self._print(request, page, page.document(), snapshot, covered)
        if form:
            raise no_such_form(request, form)
        return HTMLResponse(self._html(request, page, snapshot.head if snapshot else None, covered), page.status)

    def _landed(self, own: OwnRecords | None, snapshot: OpenSnapshot | None) -> OwnRecords | None:
        """Return what a page shows of our store, with how far it has landed in the snapshot, or in the current one."""
        if own is None or not own.streams:
            return own
        snapshot = snapshot or self._current()
        if snapshot is None:
            return own
        until = landed_until(snapshot.coverage, own.streams)
        return replace(own, snapshot=snapshot.name, landed_until=until)

    def take_out(self, request: Request, subject: str, snapshot_name: str | None) -> None:
        """Write down that the person takes something out. Raises NotAllowed for a person who may not."""
        refuse_without_right(request, "take_out")
        form = form_of(request).lstrip(".")
        self._gate.record(current_person(request), "export", subject, snapshot_name, f"as {form}" if form else "")

    def _rows(
        self,
        request: Request,
        form: str,
        page: Page,
        listing: Rows,
        snapshot: OpenSnapshot | None,
        covered: Completeness | None,
    ) -> Response:
        """Return all rows of a page as a file."""
        name = snapshot.name if snapshot else None
        origin = Origin(
            snapshot=name,
            data_until=text.iso(data_until(snapshot)) if snapshot else None,
            is_complete=covered is None or covered.is_whole,
            completeness=completeness_figures(covered, page.own),
            address=with_snapshot(request, name),
            read_at=page.own.read_at if page.own else None,
        )
        description = form_address(request, text.CSV_METADATA_ENDING)
        seen = current_person(request).jurisdictions
        cursor_of = partial(snapshot.cursor, seen) if snapshot else no_cursor
        return export(form, listing, origin, cursor_of, description)

    def _print(
        self, request: Request, page: Page, document: Document, snapshot: OpenSnapshot, covered: Completeness
    ) -> Response:
        """Return the print of a page; its address is pinned, so that the same page of a snapshot is the same bytes."""
        state = State(
            snapshot=snapshot.name,
            written_at=instant_of(snapshot, "created_at"),
            data_until=data_until(snapshot),
            completeness=covered.sentence,
            address=pinned_path(request, snapshot.name),
        )
        told = twin(page.title, page.figures, replace(snapshot, is_pinned=True), covered, page.own)
        figures = JSONResponse(told).body
        pdf = self._printer.pdf(document, state, bytes(figures))
        name = f"{document.kind.lower().replace(' ', '-')}-{snapshot.name}{text.PDF_ENDING}"
        return Response(
            pdf, media_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'}
        )

    def problem(self, request: Request, status: int, title: str, error: AssettrailError) -> Response:
        """Return the page (or the twin) of something that cannot be shown."""
        near = error.near if isinstance(error, NothingFound) else ()
        if form_of(request) not in ("", text.PDF_ENDING):
            parts = {"tried": error.tried, "found": error.found, "expected": error.expected, "remedy": error.remedy}
            return JSONResponse({"problem": title, **parts, "near_matches": to_plain(near)}, status)
        snapshot: SnapshotHead | None = getattr(request.state, "snapshot", None)
        content = {"status": status, "error": error, "near": near}
        page = Page("problem.html", title, (Crumb("Home", "/"), Crumb(title)), (), content, {})
        return HTMLResponse(self._html(request, page, snapshot, None), status)

    def _html(self, request: Request, page: Page, snapshot: SnapshotHead | None, covered: Completeness | None) -> str:
        pinned = snapshot.name if snapshot and snapshot.is_pinned else None
        link, here = partial(address, pinned), request.scope["path"]
        whose = self._whose(request)
        return self._templates.get_template(page.template).render(
            title=page.title,
            crumbs=page.crumbs,
            snapshot=snapshot,
            data_until=data_until(snapshot) if snapshot else None,
            known_at=known_at(snapshot) if snapshot else None,
            covered=covered,
            own=page.own,
            link=link,
            pinned=pinned,
            here=here,
            bar=bar(here, whose["may"], link),
            reports_here=reports_at(snapshot.manifest, here, whose["may"]) if snapshot else (),
            twin_address=form_address(request, text.TWIN_ENDING),
            provenance_address=form_address(request, text.PROVENANCE_MARK + text.TWIN_ENDING),
            form_addresses=form_addresses(request, page),
            choices=choices(request, page),
            permanent_address=with_snapshot(request, snapshot.name if snapshot else None),
            unpinned_address=with_snapshot(request, None),
            query=dict(request.query_params),
            **whose,
            **page.content,
        )

    def _whose(self, request: Request) -> Mapping[str, Any]:
        """Return what every page says of the person that it is shown to, and the token of its forms."""
        visitor: Visitor | None = getattr(request.state, "visitor", None)
        return {
            "mode": self._gate.mode,
            "visitor": visitor,
            "csrf_token": visitor.csrf_token if visitor else "",
            "may": partial(has_right, visitor),
            "may_with_a_name": partial(lacks_only_a_name, visitor),
            "sign_in_here": sign_in_address("/sign-in", back_to(request)),
        }


def back_to(request: Request) -> str:
    """Return the address by which a browser comes back to a page after signing in: without the twin's ending."""
    if request.method != "GET":
        return "/"
    path = raw_path(request).removesuffix(form_of(request))
    return path + (f"?{request.url.query}" if request.url.query else "")


def address(pinned: str | None, path: str, **parameters: object) -> str:
    """Return the address of a page with its parameters, those without a value left out, a pinned snapshot kept."""
    given = {name: str(value) for name, value in parameters.items() if value not in (None, "")}
    if pinned:
        given["snapshot"] = pinned
    fragment = given.pop("fragment", "")
    return path + (f"?{urlencode(given)}" if given else "") + (f"#{fragment}" if fragment else "")


def form_of(request: Request) -> str:
    """Return the ending by which the address asks for another form than the page; a dot sent as `%2E` is none."""
    path = raw_path(request)
    return next((ending for ending in text.FORM_ENDINGS if path.endswith(ending)), "")


def without_form(request: Request, wanted: str) -> str:
    """Return the id at the end of the address, without the ending that only asks for a form."""
    return wanted.removesuffix(form_of(request))


def form_address(request: Request, ending: str) -> str:
    """Return the address of a form of the page, with the same parameters, also where another form was asked for."""
    path = raw_path(request).removesuffix(form_of(request))
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{'/index' if path == '/' else path}{ending}{query}"


def form_addresses(request: Request, page: Page) -> dict[str, str]:
    """Return the addresses of the files that a page offers beside its twin, by what they are called."""
    offered = (ROW_FORMS if page.listing else {}) | (PRINT_FORMS if page.document else {})
    return {name: form_address(request, ending) for ending, name in offered.items()}


def choices(request: Request, page: Page) -> dict[str, str]:
    """Return where the files hold other rows of the page than now, by what these are; empty for the rows of now."""
    chosen = request.query_params.get("rows") or next(iter(page.choices), "")
    others = [(name, value) for name, value in request.query_params.multi_items() if name != "rows"]
    path = unpinned_path(request)
    return {
        each: "" if each == chosen else f"{path}?{urlencode([*others, ('rows', each)])}#files" for each in page.choices
    }


def no_such_form(request: Request, form: str) -> NothingFound:
    """Return the error of a page that has no such form."""
    return NothingFound(
        tried=f"to open {raw_path(request)[:300]}",
        found=f"a page that has no form {form}",
        expected="a form that the page's footer leads to",
        remedy=f"open the page without {form}, and take a form that stands at its end",
    )


def raw_path(request: Request) -> str:
    """Return the path as the browser sent it: an id with `%2F` or `%3F` in it stays one part of the path."""
    sent = request.scope.get("raw_path") or request.scope["path"].encode()
    return bytes(sent).decode("ascii", "replace").partition("?")[0]


def with_snapshot(request: Request, name: str | None) -> str:
    """Return the full address of the page, pinned to the snapshot of that name or to none."""
    return f"{request.app.state.origin_of(request)}{pinned_path(request, name)}"


def unpinned_path(request: Request) -> str:
    """Return the page's path without the ending of a form and without parameters, which may hold what was typed."""
    return raw_path(request).removesuffix(form_of(request))


def pinned_path(request: Request, name: str | None) -> str:
    """Return the page's address without scheme and host, pinned to the snapshot of that name or to none."""
    parameters = [(key, value) for key, value in request.query_params.multi_items() if key != "snapshot"]
    if name:
        parameters.append(("snapshot", name))
    query = f"?{urlencode(parameters)}" if parameters else ""
    return raw_path(request).removesuffix(form_of(request)) + query
