"""The addresses of the reports, and what each of them asks.

Here belong the query parameters with their limits and the step from an address to a page. Handlers are plain
functions, so that each runs in a thread of the pool while DuckDB works.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated, get_args

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from assettrail.verdict_settings import VerdictSettings
from lineage.provenance import provenance_of
from reports import case_timeline, overview
from reports.addresses import HOME, Cursor, PageQuery, Text, not_found
from reports.completeness import StreamCoverage
from reports.dossier import questions as dossier
from reports.dossier.at_hand import read_at_hand
from reports.dossier.claims import tells_stretches
from reports.dossier.outputs import read_outputs
from reports.drawing import bars, lineage, timeline
from reports.drawing.asset_lineage import asset_lineage
from reports.exports.questions import (
    AssetRows,
    DossierRows,
    asset_listing,
    at_hand_listing,
    dossier_listing,
    rows_at_hand,
)
from reports.exposure import questions as exposure
from reports.exposure import words as exposure_words
from reports.letters import one_communication
from reports.pages import Crumb, Page, Presenter, address, form_of, without_form
from reports.people.asking import require
from reports.prints.dossier import dossier_document
from reports.reach import NEEDED as REACH_NEEDED
from reports.reach import read_reach
from reports.recipients.look_up import LookUpForm, LookUps
from reports.search import search
from reports.shelf import OpenSnapshot
from reports.text import PROVENANCE_MARK, TWIN_ENDING, iso
from reports.twins import data_until
from reports.where_used import questions as where_used
from reports.where_used.runs import read_runs_at_hand
from reports.where_used.tally import read_tally


class SearchQuery(PageQuery):
    """The search."""

    q: Text = ""


class DossierQuery(PageQuery):
    """The dossier; the domain chooses where two Exstream domains have the same id, `rows` what is exported."""

    domain: Text = ""
    rows: DossierRows = "uses"


class AssetQuery(PageQuery):
    """Where-used; `after` continues the list of uses, `rows` chooses what is exported."""

    after: Text | None = None
    rows: AssetRows = "uses"


def router(presenter: Presenter, look_ups: LookUps, verdicts: VerdictSettings) -> APIRouter:
    """Return the addresses of the reports, answered by the presenter."""
    routes = APIRouter(include_in_schema=False, dependencies=[require("read")])

    @routes.get("/index.json")
    @routes.get("/")
    def home(request: Request, query: Annotated[PageQuery, Query()]) -> Response:
        return presenter.answer(request, query.snapshot, home_page)

    @routes.get("/search.json")
    @routes.get("/search")
    def find(request: Request, query: Annotated[SearchQuery, Query()]) -> Response:
        build = partial(search_page, query, LookUpForm(look_ups.lacking()), not form_of(request))
        return presenter.answer(request, query.snapshot, build)

    @routes.get("/communications/{communication_id:path}")
    def communication(request: Request, communication_id: str, query: Annotated[DossierQuery, Query()]) -> Response:
        wanted = without_form(request, communication_id)
        if form_of(request) == PROVENANCE_MARK + TWIN_ENDING:
            document = partial(provenance, wanted, query)
            return presenter.answer(request, query.snapshot, document, seen=("dossier", wanted))
        build = partial(dossier_page, wanted, query, verdicts)
        return presenter.answer(request, query.snapshot, build)

    @routes.get("/assets/{asset_id:path}")
    def asset(request: Request, asset_id: str, query: Annotated[AssetQuery, Query()]) -> Response:
        build = partial(asset_page, without_form(request, asset_id), query)
        return presenter.answer(request, query.snapshot, build)

    @routes.get("/cases/{case_id:path}")
    def case(request: Request, case_id: str, query: Annotated[PageQuery, Query()]) -> Response:
        return presenter.answer(request, query.snapshot, partial(case_page, without_form(request, case_id)))

    return routes


def health_router(presenter: Presenter) -> APIRouter:
    """Return the address by which whoever watches the server sees that it answers, and from which snapshot."""
    routes = APIRouter(include_in_schema=False, dependencies=[require("sign_in")])

    @routes.get("/health")
    def health() -> Response:
        snapshot = presenter.shelf.current()
        return JSONResponse({"status": "ok", "snapshot": snapshot.name, "data_until": iso(data_until(snapshot))})

    return routes


def home_page(cursor: Cursor, _snapshot: OpenSnapshot) -> Page:
    """Return the home page."""
    found = overview.read_overview(cursor)
    return Page(
        template="home.html",
        title="Overview",
        crumbs=(Crumb("Home"),),
        needed=overview.NEEDED,
        content={
            "overview": found,
            "months": bars.months_plot(found.months),
            "slices": bars.slices([(row.verdict, row.asset_use_count) for row in found.verdicts]),
        },
        figures={
            "overview": found,
            "exception_count": found.exception_count,
            "standing_count": found.standing_count,
        },
    )


def search_page(
    query: SearchQuery, look_up: LookUpForm, is_opening: bool, cursor: Cursor, snapshot: OpenSnapshot
) -> Page | Response:
    """Return what was found; a single exact match is opened at once, where `is_opening`."""
    text = query.q.strip()
    found = search(cursor, text) if text else None
    if is_opening and found and len(found.exact) == 1:
        path, _, fragment = found.exact[0].address.partition("#")
        pinned = snapshot.name if snapshot.is_pinned else None
        return RedirectResponse(address(pinned, path, fragment=fragment), 303)
    return Page(
        template="search.html",
        title="Search",
        crumbs=(HOME, Crumb("Search")),
        needed=overview.NEEDED,
        content={"text": text, "found": found, "look_up": look_up},
        figures={"search": found},
    )


def dossier_page(
    communication_id: str, query: DossierQuery, verdicts: VerdictSettings, cursor: Cursor, snapshot: OpenSnapshot
) -> Page:
    """Return the dossier of a communication, or the choice between domains. Raises NothingFound."""
    candidates = dossier.find_communications(cursor, communication_id)
    lying = {one: rows for one, rows in candidates if query.domain in ("", one.domain_code)}
    chosen = list(lying)
    if not chosen:
        where = f" in the domain {query.domain!r}" if query.domain else ""
        raise not_found(cursor, "communication", communication_id, f"a communication id of Exstream{where}")
    crumbs = (HOME, Crumb("Communications"), Crumb(communication_id))
    title = f"Communication {communication_id}"
    if len(chosen) > 1:
        content = {"communication_id": communication_id, "candidates": chosen}
        return Page("domains.html", title, crumbs, dossier.NEEDED, content, {"candidates": chosen})
    found = dossier.read_dossier(cursor, chosen[0], verdicts, lying[chosen[0]])
    exposed = exposure.read_exposure(cursor, found, data_until(snapshot))
    outputs = read_outputs(cursor, found.communication)
    at_hand = read_at_hand(cursor, found.communication)
    moment = chosen[0].generated_at
    instants = {stream: cover.covers(moment) for stream, cover in _by_stream(snapshot).items()} if moment else {}
    return Page(
        template="dossier.html",
        title=title,
        crumbs=crumbs,
        needed=dossier.NEEDED,
        content={
            "dossier": found,
            "lineage": lineage.lineage(found),
            "exposed": exposed,
            "exposure_words": exposure_words,
            "outputs": outputs,
            "at_hand": at_hand,
            "validity": {
                one.use.asset_use_key: timeline.validity(
                    one.use, exposed.served.get(one.use.asset_use_key, ()), exposed.verdicts.get(one.use.asset_use_key)
                )
                for one in found.findings
            },
            "not_covered": [stream for stream in dossier.NEEDED if not instants.get(stream, False)],
        },
        figures={
            "communication": found.communication,
            "findings": found.findings,
            "exposure": exposed,
            "outputs": outputs.addresses,
            "at_hand": at_hand,
        },
        seen=("dossier", communication_id),
        listing=at_hand_listing(cursor, found.communication)
        if query.rows == "run_resources"
        else dossier_listing(
            found.communication,
            verdicts.clock_uncertainty_at("exstream", moment),
            with_exposures=exposure.has_exposures(cursor),
            with_grades=exposure.tells_grades(cursor),
            with_stretches=tells_stretches(cursor),
        ),
        choices=rows_at_hand(cursor, get_args(DossierRows)),
        document=partial(dossier_document, found, exposed, outputs, at_hand),
    )


def provenance(communication_id: str, query: DossierQuery, cursor: Cursor, snapshot: OpenSnapshot) -> Response:
    """Return the PROV document of a communication. Raises NothingFound, or BadQuestion where two domains have it."""
    letter = one_communication(cursor, communication_id, query.domain, "to tell the provenance of the communication")
    return JSONResponse(provenance_of(cursor, snapshot, communication_id, letter.domain_code))


def _by_stream(snapshot: OpenSnapshot) -> dict[tuple[str, str], StreamCoverage]:
    return {(cover.system, cover.stream): cover for cover in snapshot.coverage}


def asset_page(asset_id: str, query: AssetQuery, cursor: Cursor, snapshot: OpenSnapshot) -> Page:
    """Return where an asset is used. Raises NothingFound with what may have been meant (also by public_id)."""
    asset = where_used.read_asset(cursor, asset_id)
    if asset is None:
        raise not_found(cursor, "asset", asset_id, "an asset_id of Cloudinary (32 hexadecimal digits)")
    tally = read_tally(cursor, asset.asset_key)
    found = where_used.read_where_used(cursor, asset, query.after, tally)
    reach = read_reach(cursor, asset.asset_key, tally)
    runs = read_runs_at_hand(cursor, asset.asset_key)
    name = asset.public_id or asset.asset_id
    return Page(
        template="asset.html",
        title=f"Asset {name}",
        crumbs=(HOME, Crumb("Assets"), Crumb(name)),
        needed=(*where_used.NEEDED, *REACH_NEEDED),
        content={
            "page": found,
            "timeline": timeline.versions_over_time(found.versions, found.approvals, data_until(snapshot)),
            "plot": bars.weeks_plot(found.weeks),
            "reach": reach,
            "runs": runs,
            "lineage": asset_lineage(found.versions, found.approvals, reach.holdings),
        },
        figures={
            "where_used": found,
            "reach": reach,
            "runs_at_hand": runs,
            "asset_use_count": found.asset_use_count,
            "in_order_count": found.in_order_count,
        },
        listing=asset_listing(cursor, asset, query.rows),
        choices=rows_at_hand(cursor, get_args(AssetRows)),
    )


def case_page(case_id: str, cursor: Cursor, snapshot: OpenSnapshot) -> Page:
    """Return the timeline of a case. Raises NothingFound."""
    case = case_timeline.read_case(cursor, case_id)
    if case is None:
        raise not_found(cursor, "case", case_id, "a case id of Trading Grid")
    found = case_timeline.read_case_page(cursor, case)
    approvals = _by_stream(snapshot).get(case_timeline.APPROVALS)
    known_until = approvals.covered_until(case.opened_at) if approvals and case.opened_at else None
    return Page(
        template="case.html",
        title=f"Case {case_id}",
        crumbs=(HOME, Crumb("Cases"), Crumb(case_id)),
        needed=case_timeline.NEEDED,
        content={"page": found, "case": case, "outcome": case_timeline.outcome(case, known_until)},
        figures={"case": found},
    )
