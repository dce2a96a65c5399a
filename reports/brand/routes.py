"""The addresses of brand currency and of one template."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal, get_args

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from reports.addresses import HOME, Cursor, PageQuery, Text, each_form, not_found
from reports.brand.rows import NEEDED, BrandFilters, listing, read_brand
from reports.brand.template_rows import TemplateRows, read_template_page, read_templates_of
from reports.brand.template_rows import listing as template_listing
from reports.brand.words import LINK_STATES, TEMPLATE_STATES
from reports.pages import Crumb, Page, Presenter, without_form
from reports.people.asking import require
from reports.shelf import OpenSnapshot


class BrandQuery(PageQuery):
    """The filters of the templates and the place in their list; `behind` are those beyond the grace days."""

    unit: Text = ""
    region: Text = ""
    state: Literal["", "behind", "current", "old", "not_approved", "unknown", "without_images", "not_in_use"] = ""
    text: Text = ""
    after: Text | None = None


class TemplateQuery(PageQuery):
    """The template; the domain chooses where two Exstream domains have the same id, `rows` what is exported."""

    domain: Text = ""
    rows: TemplateRows = "images"


def router(presenter: Presenter) -> APIRouter:
    """Return the addresses of brand and templates, answered by the presenter."""
    routes = APIRouter(include_in_schema=False, dependencies=[require("read")])

    @each_form(routes, "/brand")
    def brand(request: Request, query: Annotated[BrandQuery, Query()]) -> Response:
        return presenter.answer(request, query.snapshot, partial(brand_page, query))

    @routes.get("/templates/{template_id:path}")
    def template(request: Request, template_id: str, query: Annotated[TemplateQuery, Query()]) -> Response:
        build = partial(template_page, without_form(request, template_id), query)
        return presenter.answer(request, query.snapshot, build)

    return routes


def brand_page(query: BrandQuery, cursor: Cursor, _snapshot: OpenSnapshot) -> Page:
    """Return one page of brand currency."""
    filters = BrandFilters(query.unit.strip(), query.region.strip(), query.state, query.text.strip())
    found = read_brand(cursor, filters, query.after)
    return Page(
        template="brand.html",
        title="Brand",
        crumbs=(HOME, Crumb("Brand")),
        needed=NEEDED,
        content={"page": found, "states": TEMPLATE_STATES},
        figures={"brand": found, "current_count": found.current_count, "used_count": found.used_count},
        listing=listing(filters),
    )


def template_page(template_id: str, query: TemplateQuery, cursor: Cursor, _snapshot: OpenSnapshot) -> Page:
    """Return one template, or the choice between domains. Raises NothingFound."""
    candidates = read_templates_of(cursor, template_id)
    chosen = [one for one in candidates if query.domain in ("", one.domain_code)]
    if not chosen:
        where = f" in the domain {query.domain!r}" if query.domain else ""
        raise not_found(cursor, "template", template_id, f"a template id of Exstream{where}")
    crumbs = (HOME, Crumb("Brand", "/brand"), Crumb(template_id))
    title = f"Template {template_id}"
    if len(chosen) > 1:
        content = {"template_id": template_id, "candidates": chosen}
        return Page("template_domains.html", title, crumbs, NEEDED, content, {"candidates": chosen})
    found = read_template_page(cursor, chosen[0])
    return Page(
        template="template.html",
        title=title,
        crumbs=crumbs,
        needed=NEEDED,
        content={"page": found, "template": found.template, "states": LINK_STATES},
        figures={"template": found},
        listing=template_listing(chosen[0], query.rows),
        choices=get_args(TemplateRows),
    )
