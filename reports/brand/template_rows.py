"""One template: its versions and history, the images that it shows, and how far each of them reaches.

Here belong these questions. Brand currency over all templates is `rows`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import duckdb

from reports.brand.rows import LISTED_AT_MOST
from reports.brand.words import AWAITED_STATES, LINK_STATES_BY_CODE, link_strength
from reports.exports.listing import Listing
from reports.remembered import relation
from reports.rows import read, read_number
from reports.state_words import StateWords, state_words
from reports.words import VerdictWords, verdict_words

TemplateRows = Literal["images", "versions", "changes", "reach"]


@dataclass(frozen=True)
class Template:
    """One row per template of one Exstream domain, as last described."""

    template_key: str
    template_id: str
    domain_code: str
    resource_id: str | None
    resource_type: str | None
    business_unit_code: str | None
    region_code: str | None
    newest_state_code: str | None
    newest_version_number: int | None
    used_version_number: int | None
    version_count: int
    is_in_use: bool
    first_created_at: datetime | None
    first_used_at: datetime | None
    used_since: datetime | None


@dataclass(frozen=True)
class ShownImage:
    """One row per image or address that the template shows now, with the image's newest version in Exstream."""

    template_image_id: str
    image_name: str | None
    link_way_code: str | None
    evidence_strength: str | None
    asset_id: str | None
    public_id: str | None
    etag: str | None
    link_state: str
    verdict: str | None
    version_number: int | None
    newest_approved_version_number: int | None
    newest_approved_since: datetime | None
    is_live_url: bool
    is_behind: bool
    shown_from: datetime | None
    image_state_code: str | None
    is_by_correction: bool
    awaited_code: str | None
    is_only_possible: bool
    """Whether the link is weaker evidence than the same bytes, so that what is found is shown as possible."""

    @property
    def words(self) -> StateWords:
        """The words of what it is."""
        return state_words(LINK_STATES_BY_CODE, self.link_state)

    @property
    def strength(self) -> str:
        """The words of how closely that is known."""
        return link_strength(self.evidence_strength)

    @property
    def verdict_words(self) -> VerdictWords:
        """The words of its verdict now."""
        return verdict_words(self.verdict)

    @property
    def awaited_words(self) -> StateWords | None:
        """The words of what a person still has to do in Exstream, if anything."""
        return state_words(AWAITED_STATES, self.awaited_code) if self.awaited_code else None


@dataclass(frozen=True)
class TemplateVersion:
    """One row per version of the template, newest first."""

    version_number: int
    state_code: str | None
    created_by_id: str | None
    created_at: datetime | None
    approved_by_id: str | None
    used_from: datetime | None
    used_to: datetime | None
    is_in_use: bool


@dataclass(frozen=True)
class Change:
    """One row per change of the template, of a part of it, or of one of its images, newest first."""

    resource_name: str | None
    resource_type: str | None
    version_number: int | None
    operation_code: str | None
    history_type: str | None
    state_code: str | None
    comment: str | None
    modified_by_id: str | None
    modified_at: datetime | None


@dataclass(frozen=True)
class Radius:
    """One row per asset that the template shows: what else a change of it reaches."""

    asset_id: str
    public_id: str | None
    template_count: int
    behind_template_count: int
    possible_communication_count: int
    communication_count: int
    use_count: int
    live_publication_count: int
    community_count: int


@dataclass(frozen=True)
class TemplatePage:
    """The page of one template."""

    template: Template
    images: tuple[ShownImage, ...]
    versions: tuple[TemplateVersion, ...]
    changes: tuple[Change, ...]
    change_count: int
    radius: tuple[Radius, ...]
    communication_count: int
    first_generated_at: datetime | None
    last_generated_at: datetime | None


def read_templates_of(cursor: duckdb.DuckDBPyConnection, template_id: str) -> list[Template]:
    """Return the template of that id in each Exstream domain that has it."""
    return read(
        cursor,
        Template,
        """
        select
            template_key,
            template_id_exstream as template_id,
            domain_code,
            resource_id_exstream as resource_id,
            resource_type,
            business_unit_code,
            region_code,
            newest_state_code,
            newest_version_number,
            used_version_number,
            version_count,
            is_in_use,
            first_created_at,
            first_used_at,
            used_since
        from marts.dim_templates
        where template_id_exstream = ?
        order by domain_code
        """,
        [template_id],
    )


@dataclass(frozen=True)
class _Composed:
    communication_count: int
    first_generated_at: datetime | None
    last_generated_at: datetime | None


def read_template_page(cursor: duckdb.DuckDBPyConnection, template: Template) -> TemplatePage:
    """Return the page of a template; each list holds at most `LISTED_AT_MOST` rows."""
    bound = {"template": template.template_key, "most": LISTED_AT_MOST}
    [composed] = read(
        cursor,
        _Composed,
        f"""
        select
            cast(coalesce(sum(communication_count), 0) as bigint) as communication_count,
            min(first_generated_at) as first_generated_at,
            max(last_generated_at) as last_generated_at
        from {relation(cursor, "template_communications")}
        where template_id_exstream = $id and domain_code = $domain
        """,  # noqa: S608 - a relation of ours
        {"id": template.template_id, "domain": template.domain_code},
    )
    changes = read(cursor, Change, f"{_CHANGES} {_NEWEST_CHANGE_FIRST} limit $most", bound)
    return TemplatePage(
        template=template,
        images=tuple(read(cursor, ShownImage, f"{_IMAGES} limit $most", bound)),
        versions=tuple(read(cursor, TemplateVersion, f"{_VERSIONS} limit $most", bound)),
        changes=tuple(changes),
        change_count=len(changes) if len(changes) < LISTED_AT_MOST else _change_count(cursor, template),
        radius=tuple(read(cursor, Radius, f"{_RADIUS} limit $most", bound)),
        communication_count=composed.communication_count,
        first_generated_at=composed.first_generated_at,
        last_generated_at=composed.last_generated_at,
    )


def _change_count(cursor: duckdb.DuckDBPyConnection, template: Template) -> int:
    question = f"select count(*) from ({_CHANGES})"  # noqa: S608 - a constant
    return read_number(cursor, question, {"template": template.template_key})


_IMAGES = """
    select
        links.template_image_id,
        links.image_name,
        link_way_code,
        links.evidence_strength,
        links.asset_id_cloudinary as asset_id,
        links.public_id,
        links.etag,
        link_state,
        links.verdict,
        links.version_number,
        newest_approved_version_number,
        newest_approved_since,
        is_live_url,
        is_behind,
        shown_from,
        images.newest_state_code as image_state_code,
        coalesce(images.is_newest_by_correction, false) as is_by_correction,
        exceptions.awaited_code,
        links.verdict is not null and links.evidence_strength is distinct from 'exact' as is_only_possible
    from marts.fct_template_links as links
    left join marts.dim_templates as templates using (template_key)
    left join marts.dim_template_images as images
        on links.image_resource_id_exstream = images.resource_id_exstream
        and templates.domain_code = images.domain_code
    left join reports.rpt_exceptions as exceptions
        on exceptions.subject_type = 'template_link'
        and exceptions.subject_id = links.template_image_id
        and exceptions.is_standing
    where links.template_key = $template and links.is_in_use
    order by is_behind desc, links.ordinal, links.template_image_id
"""

_VERSIONS = """
    select version_number, state_code, created_by_id, created_at, approved_by_id, used_from, used_to, is_in_use
    from marts.dim_template_versions
    where template_key = $template
    order by version_number desc
"""

_CHANGES = """
    select
        resource_name,
        resource_type,
        version_number,
        operation_code,
        history_type,
        state_code,
        audited_comment as comment,
        modified_by_id,
        modified_at
    from marts.fct_design_changes as changes
    where template_key = $template
        or (domain_code, resource_id_exstream) in (
            select (templates.domain_code, links.image_resource_id_exstream)
            from marts.fct_template_links as links
            inner join marts.dim_templates as templates using (template_key)
            where links.template_key = $template and links.image_resource_id_exstream is not null
        )
"""

_NEWEST_CHANGE_FIRST = "order by modified_at desc, resource_change_key"

_RADIUS = """
    select
        asset_id_cloudinary as asset_id,
        public_id,
        template_count,
        behind_template_count,
        possible_communication_count,
        communication_count,
        use_count,
        live_publication_count,
        community_count
    from reports.rpt_asset_blast_radius
    where asset_key in (
        select asset_key from marts.fct_template_links where template_key = $template and is_in_use
    )
    order by possible_communication_count desc, asset_id_cloudinary
"""

_LISTINGS: Mapping[TemplateRows, tuple[str, str]] = {
    "images": ("One row per image or address that the template shows now.", _IMAGES),
    "versions": ("One row per version of the template, newest first.", _VERSIONS),
    "changes": (
        "One row per change of the template, of a part of it, or of one of its images, newest first.",
        f"{_CHANGES} {_NEWEST_CHANGE_FIRST}",
    ),
    "reach": ("One row per asset that the template shows: what else a change of it reaches.", _RADIUS),
}


def listing(template: Template, rows: TemplateRows) -> Listing:
    """Return the images, versions or changes of a template, or what they reach, all of them, to be exported."""
    grain, sql = _LISTINGS[rows]
    whose = {"template_id": template.template_id, "domain": template.domain_code}
    return Listing(f"template-{rows}", grain, sql, {"template": template.template_key}, whose)
