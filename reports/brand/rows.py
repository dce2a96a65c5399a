"""What the brand page reads: currency by business unit and region, the templates, and what awaits another word.

Here belong its questions; one template is `template_rows`. A template is what the worst of its images is, by the
warehouse's rule. Instants are UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import duckdb

from reports.brand.words import AWAITED_STATES, TEMPLATE_STATES_BY_CODE
from reports.exports.listing import Listing, asked
from reports.paging import require_place
from reports.remembered import opened_once
from reports.rows import read, read_number
from reports.state_words import StateWords, state_words

PAGE_ROWS = 50
LISTED_AT_MOST = 200

NEEDED = (
    ("cloudinary", "notifications"),
    ("exstream", "resources"),
    ("exstream", "resource_history"),
    ("exstream", "design_links"),
    ("exstream", "resource_links"),
)


@dataclass(frozen=True)
class BrandFilters:
    """What the reader asked for; an empty value asks for everything."""

    unit: str = ""
    region: str = ""
    state: str = ""
    text: str = ""

    @property
    def is_any_set(self) -> bool:
        """Tell whether anything is filtered out."""
        return bool(self.unit or self.region or self.state or self.text)

    def bound(self) -> dict[str, object]:
        """Return the values of the query's parameters."""
        return {"unit": self.unit, "region": self.region, "state": self.state, "text": self.text}


@dataclass(frozen=True)
class Currency:
    """One row per business unit and region: how many templates in use show what."""

    business_unit_code: str
    region_code: str
    template_count: int
    current_count: int
    old_count: int
    behind_count: int
    not_approved_count: int
    unknown_count: int
    without_images_count: int
    image_count: int
    evaluated_at: datetime | None


@dataclass(frozen=True)
class TemplateLine:
    """One row per template: whose it is, its version in use, and the worst that it shows."""

    template_key: str
    template_id: str
    domain_code: str
    business_unit_code: str | None
    region_code: str | None
    newest_state_code: str | None
    used_version_number: int | None
    newest_version_number: int | None
    image_count: int
    behind_count: int
    awaiting_count: int
    template_state: str
    is_only_possible: bool
    """Whether that rests on a link that is weaker evidence than the same bytes."""
    used_since: datetime | None

    @property
    def words(self) -> StateWords:
        """The words of what it shows."""
        return state_words(TEMPLATE_STATES_BY_CODE, self.template_state)


@dataclass(frozen=True)
class Awaiting:
    """One row per exception that awaits a person in Exstream."""

    subject_id: str
    template_id: str | None
    asset_id: str | None
    public_id: str | None
    version_number: int | None
    awaited_code: str
    occurred_at: datetime | None

    @property
    def words(self) -> StateWords:
        """The words of what is awaited."""
        return state_words(AWAITED_STATES, self.awaited_code)


@dataclass(frozen=True)
class BrandPage:
    """The page: currency by business unit and region, the templates that fit, and what awaits approval."""

    filters: BrandFilters
    currency: tuple[Currency, ...]
    templates: tuple[TemplateLine, ...]
    template_count: int
    total_count: int
    possible_count: int
    """How many templates are current as far as links say that are not exact."""
    awaiting: tuple[Awaiting, ...]
    awaiting_count: int
    is_first_page: bool
    after: str | None

    @property
    def used_count(self) -> int:
        """How many templates are in use."""
        return sum(row.template_count for row in self.currency)

    @property
    def current_count(self) -> int:
        """How many of them are current."""
        return sum(row.current_count for row in self.currency)

    @property
    def behind_count(self) -> int:
        """How many of them are behind for longer than the grace days."""
        return sum(row.behind_count for row in self.currency)

    @property
    def evaluated_at(self) -> datetime | None:
        """Up to when the templates are completely known."""
        return max((row.evaluated_at for row in self.currency if row.evaluated_at), default=None)


@opened_once
def read_brand(cursor: duckdb.DuckDBPyConnection, filters: BrandFilters, after: str | None) -> BrandPage:
    """Return one page of brand currency. Raises BadQuestion for a place that is not there."""
    require_place(cursor, "marts.dim_templates", "template_key", after)
    rows = _templates(cursor, filters, after)
    return BrandPage(
        filters=filters,
        currency=tuple(
            read(
                cursor,
                Currency,
                """
                select
                    business_unit_code,
                    region_code,
                    template_count,
                    current_count,
                    old_count,
                    behind_count,
                    not_approved_count,
                    unknown_count,
                    without_images_count,
                    image_count,
                    evaluated_at
                from reports.rpt_brand_currency
                order by behind_count desc, old_count desc, business_unit_code, region_code
                """,
            )
        ),
        templates=tuple(rows[:PAGE_ROWS]),
        template_count=read_number(
            cursor,
            f"with {_STATES} select count(*) from described where {_FITS}",  # noqa: S608 - constants
            filters.bound(),
        ),
        total_count=read_number(cursor, "select count(*) from marts.dim_templates"),
        possible_count=read_number(
            cursor,
            f"with {_STATES} select count(*) from described where template_state = 'current' and is_only_possible",  # noqa: S608
        ),
        awaiting=_awaiting(cursor),
        awaiting_count=read_number(
            cursor, "select count(*) from reports.rpt_exceptions where awaited_code is not null and is_standing"
        ),
        is_first_page=after is None,
        after=rows[PAGE_ROWS - 1].template_key if len(rows) > PAGE_ROWS else None,
    )


_STATES = """
    links as (
        select
            template_key,
            count(*) as image_count,
            count(*) filter (where is_behind) as behind_count,
            max(state_rank) as worst,
            max(state_rank) filter (where is_exact) as worst_of_exact,
            bool_and(is_exact) as is_all_exact
        from (
            select
                *,
                case link_state when 'not_approved' then 4 when 'old' then 3 when 'unknown' then 2 else 1 end
                    as state_rank,
                coalesce(evidence_strength = 'exact', false) as is_exact
            from marts.fct_template_links
            where is_in_use
        )
        group by template_key
    ),
    awaiting as (
        select links.template_key, count(*) as awaiting_count
        from reports.rpt_exceptions as exceptions
        inner join marts.fct_template_links as links
            on exceptions.subject_id = links.template_image_id and links.is_in_use
        where exceptions.subject_type = 'template_link' and exceptions.awaited_code is not null and is_standing
        group by links.template_key
    ),
    described as (
        select
            templates.template_key,
            template_id_exstream as template_id,
            domain_code,
            business_unit_code,
            region_code,
            newest_state_code,
            used_version_number,
            newest_version_number,
            coalesce(image_count, 0) as image_count,
            coalesce(behind_count, 0) as behind_count,
            coalesce(awaiting_count, 0) as awaiting_count,
            case
                when not is_in_use then 'not_in_use'
                when worst is null then 'without_images'
                else ['current', 'unknown', 'old', 'not_approved'][worst]
            end as template_state,
            -- All of its images have to be current, one that is old is enough.
            case
                when not is_in_use or worst is null or worst = 2 then false
                when worst = 1 then not is_all_exact
                else worst_of_exact is distinct from worst
            end as is_only_possible,
            used_since
        from marts.dim_templates as templates
        left join links using (template_key)
        left join awaiting using (template_key)
    )
"""

_FITS = """
    ($unit = '' or coalesce(business_unit_code, 'unknown') = $unit)
    and ($region = '' or coalesce(region_code, 'unknown') = $region)
    and ($state = '' or template_state = $state or ($state = 'behind' and behind_count > 0))
    and ($text = '' or contains(lower(template_id), lower($text)))
"""


def listing(filters: BrandFilters) -> Listing:
    """Return all templates that fit the filters, to be exported."""
    return Listing(
        name="templates",
        grain="One row per template: whose it is, its version in use, and the worst that it shows.",
        sql=f"with {_STATES} select * from described where {_FITS} order by template_id, template_key",  # noqa: S608
        parameters=filters.bound(),
        filters=asked(filters.bound()),
    )


def _templates(cursor: duckdb.DuckDBPyConnection, filters: BrandFilters, after: str | None) -> list[TemplateLine]:
    return read(
        cursor,
        TemplateLine,
        f"""
        with {_STATES}
        select *
        from described
        where {_FITS}
            and (
                $after is null
                or (template_id, template_key) > (
                    select (template_id_exstream, template_key) from marts.dim_templates where template_key = $after
                )
            )
        order by template_id, template_key
        limit $most
        """,  # noqa: S608 - only the constants above are written into the text
        {**filters.bound(), "after": after, "most": PAGE_ROWS + 1},
    )


def _awaiting(cursor: duckdb.DuckDBPyConnection) -> tuple[Awaiting, ...]:
    return tuple(
        read(
            cursor,
            Awaiting,
            """
            select
                subject_id,
                (
                    select min(template_id_exstream) from marts.fct_template_links as links
                    where exceptions.subject_type = 'template_link'
                        and exceptions.subject_id = links.template_image_id
                ) as template_id,
                asset_id_cloudinary as asset_id,
                public_id,
                version_number,
                awaited_code,
                occurred_at
            from reports.rpt_exceptions as exceptions
            where awaited_code is not null and is_standing
            order by occurred_at, exception_key
            limit ?
            """,
            [LISTED_AT_MOST],
        )
    )
