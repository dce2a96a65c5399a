"""Where what an exception is about is read, and whose it is: the page of its launch, case, feedback or template.

Here belongs leading from a subject of a partner's or a template's control to a page. Letters, their uses and assets
stand in the exception itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import duckdb

from reports.earlier_snapshots import has
from reports.exception_list import ExceptionRow
from reports.rows import read
from reports.text import path_part

OF_A_PARTNER: Final = frozenset({"acknowledgement", "distribution", "download", "partner_receipt", "share"})
"""Subjects that are read on the page of their partner; a share with a whole community has none."""


@dataclass(frozen=True)
class Subject:
    """One row per exception: the page of its subject (empty: no page of its own), its partner and community."""

    exception_key: str
    path: str
    domain_code: str | None
    partner_id: str | None
    partner_name: str | None
    community_name: str | None


@dataclass(frozen=True)
class _Page:
    exception_key: str
    room: str
    name: str
    domain_code: str | None


@dataclass(frozen=True)
class _Party:
    exception_key: str
    partner_id: str | None
    partner_name: str | None
    community_name: str | None


def subjects_of(cursor: duckdb.DuckDBPyConnection, rows: Sequence[ExceptionRow]) -> dict[str, Subject]:
    """Return where the subjects of these exceptions are read, by exception; without those that lead nowhere."""
    parties = {one.exception_key: one for one in _parties(cursor, rows)}
    pages = {one.exception_key: one for one in _pages(cursor, rows)}
    nobody = _Party("", None, None, None)
    return {
        row.exception_key: _subject(row, pages.get(row.exception_key), parties.get(row.exception_key, nobody))
        for row in rows
        if row.exception_key in parties or row.exception_key in pages
    }


def _subject(row: ExceptionRow, page: _Page | None, party: _Party) -> Subject:
    path = ""
    if page is not None:
        path = page.room + path_part(page.name)
    elif row.subject_type in OF_A_PARTNER and party.partner_id:
        path = f"/partners/{path_part(party.partner_id)}"
    domain = page.domain_code if page else None
    return Subject(row.exception_key, path, domain, party.partner_id, party.partner_name, party.community_name)


def _pages(cursor: duckdb.DuckDBPyConnection, rows: Sequence[ExceptionRow]) -> list[_Page]:
    led = [row for row in rows if row.subject_type in _LED]
    if not led or not has(cursor, "marts.fct_template_links", "template_image_key"):
        return []
    bound = {
        "keys": [row.exception_key for row in led],
        "types": [row.subject_type for row in led],
        "subjects": [row.subject_key for row in led],
    }
    return read(cursor, _Page, _PAGES, bound)


def _parties(cursor: duckdb.DuckDBPyConnection, rows: Sequence[ExceptionRow]) -> list[_Party]:
    if not rows or not has(cursor, "reports.rpt_exceptions", "partner_id_trading_grid, partner_name, community_name"):
        return []
    return read(cursor, _Party, _PARTIES, {"keys": [row.exception_key for row in rows]})


_LED: Final = frozenset(
    {"case_message", "feedback", "flag", "format_request", "launch_requirement", "launch_visual", "template_link"}
)
_PAGES: Final = """
    with asked as (
        select
            unnest(cast($keys as varchar[])) as exception_key,
            unnest(cast($types as varchar[])) as subject_type,
            unnest(cast($subjects as varchar[])) as subject_key
    ),
    of_launches as (
        select 'flag' as subject_type, flag_key as subject_key, launch_key from marts.fct_flags
        union all
        select 'format_request', format_request_key, launch_key from marts.fct_format_requests
        union all
        select unnest(['launch_requirement', 'launch_visual']), launch_requirement_key, launch_key
        from reports.rpt_launch_requirements
    )
    select exception_key, '/launches/' as room, launch_id_trading_grid as name, cast(null as varchar) as domain_code
    from asked
    inner join of_launches using (subject_type, subject_key)
    inner join marts.dim_launches using (launch_key)
    union all
    select exception_key, '/cases/', case_id_trading_grid, null
    from asked
    inner join marts.fct_case_messages on subject_type = 'case_message' and subject_key = case_message_key
    inner join marts.fct_cases using (case_key)
    union all
    select exception_key, '/feedback/', feedback_id_trading_grid, null
    from asked
    inner join marts.fct_feedback on subject_type = 'feedback' and subject_key = feedback_key
    union all
    select distinct exception_key, '/templates/', templates.template_id_exstream, templates.domain_code
    from asked
    inner join marts.fct_template_links as links
        on subject_type = 'template_link' and subject_key = links.template_image_key
    inner join marts.dim_templates as templates using (template_key)
"""
_PARTIES: Final = """
    select exception_key, partner_id_trading_grid as partner_id, partner_name, community_name
    from reports.rpt_exceptions
    where exception_key in (select unnest(cast($keys as varchar[])))
        and (partner_id_trading_grid is not null or community_name is not null)
"""
