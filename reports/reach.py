"""How far an asset reaches beside its uses: templates that show it, partners that hold it, corrections on their way.

Here belong these questions of the asset page, and what its lineage is drawn from. Each count says its
grain. Uses, publications and cases are `where_used`.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from publish.serving import relation
from reports.brand.words import LINK_STATES_BY_CODE
from reports.partners.rows import MatrixRow, pairs_of_asset
from reports.rows import read, read_number
from reports.state_words import StateWords, state_words

LISTED_AT_MOST = 100

NEEDED = (
    ("exstream", "resources"),
    ("exstream", "design_links"),
    ("exstream", "resource_links"),
    ("trading_grid", "distributions"),
)


@dataclass(frozen=True)
class ShowingTemplate:
    """One row per template and image of it that shows the asset now."""

    template_id: str
    domain_code: str | None
    template_image_id: str
    business_unit_code: str | None
    region_code: str | None
    link_state: str
    version_number: int | None
    evidence_strength: str | None
    is_behind: bool

    @property
    def words(self) -> StateWords:
        """The words of what it shows."""
        return state_words(LINK_STATES_BY_CODE, self.link_state)


@dataclass(frozen=True)
class ProposedKind:
    """One row per kind of correction that is proposed for the asset."""

    kind: str
    correction_count: int


@dataclass(frozen=True)
class Holding:
    """One row per version and place that used or holds it: how often, in the grain of the place.

    `place_type` is `channel` (asset uses), `community` (live publications) or `template` (images).
    """

    asset_version_key: str | None
    version_number: int | None
    place_type: str
    place: str
    held_count: int


@dataclass(frozen=True)
class Reach:
    """What the asset page says of templates, partners and a recall."""

    templates: tuple[ShowingTemplate, ...]
    template_count: int
    partners: tuple[MatrixRow, ...]
    partner_count: int
    proposed: tuple[ProposedKind, ...]
    holdings: tuple[Holding, ...]
    possible_communication_count: int


def read_reach(cursor: duckdb.DuckDBPyConnection, asset_key: str) -> Reach:
    """Return how far an asset reaches; each list holds at most `LISTED_AT_MOST` rows."""
    bound = {"asset": asset_key, "most": LISTED_AT_MOST}
    partners, partner_count = pairs_of_asset(cursor, asset_key, LISTED_AT_MOST)
    return Reach(
        templates=tuple(read(cursor, ShowingTemplate, _TEMPLATES, bound)),
        template_count=read_number(
            cursor,
            "select count(distinct template_key) from marts.fct_template_links where asset_key = ? and is_in_use",
            [asset_key],
        ),
        partners=partners,
        partner_count=partner_count,
        proposed=tuple(
            read(
                cursor,
                ProposedKind,
                """
                select kind, count(*) as correction_count
                from marts.fct_proposed_corrections
                where not is_in_effect and asset_id_cloudinary in (
                    select asset_id_cloudinary from marts.dim_assets where asset_key = ?
                )
                group by kind
                order by kind
                """,
                [asset_key],
            )
        ),
        holdings=tuple(read(cursor, Holding, _holdings(relation(cursor, "asset_usage")), bound)),
        possible_communication_count=read_number(
            cursor,
            "select possible_communication_count from reports.rpt_asset_blast_radius where asset_key = ?",
            [asset_key],
        ),
    )


_TEMPLATES = """
    select
        templates.template_id_exstream as template_id,
        templates.domain_code,
        template_image_id,
        business_unit_code,
        region_code,
        link_state,
        version_number,
        evidence_strength,
        is_behind
    from marts.fct_template_links as links
    inner join marts.dim_templates as templates using (template_key)
    where links.asset_key = $asset and links.is_in_use
    order by is_behind desc, template_id, template_image_id
    limit $most
"""


def _holdings(usage: str) -> str:
    return f"""
    select asset_version_key, version_number, place_type, place, held_count
    from (
        select asset_version_key, any_value(version_number) as version_number, 'channel' as place_type,
            coalesce(channel_code, 'channel unknown') as place,
            cast(sum(asset_use_count) as bigint) as held_count
        from {usage} where asset_key = $asset
        group by asset_version_key, channel_code
        union all
        select asset_version_key, any_value(version_number), 'community',
            coalesce(any_value(community_name), publications.community_id_trading_grid), count(*)
        from marts.fct_publications as publications
        left join marts.dim_communities using (community_key)
        where asset_key = $asset and is_live
        group by asset_version_key, publications.community_id_trading_grid
        union all
        select asset_version_key, any_value(version_number), 'template', template_id_exstream, count(*)
        from marts.fct_template_links where asset_key = $asset and is_in_use
        group by asset_version_key, template_id_exstream
    )
    order by version_number desc nulls last, place_type, held_count desc, place
    limit $most
"""  # noqa: S608 - a relation of ours
