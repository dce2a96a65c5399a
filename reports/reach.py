"""How far an asset reaches beside its uses: templates that show it, partners that hold it, corrections on their way.

Here belong these questions of the asset page, and what its lineage is drawn from. Each count says its
grain. Uses, publications and cases are `where_used`.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from reports.brand.words import LINK_STATES_BY_CODE, link_strength
from reports.partners.rows import MatrixRow, pairs_of_asset
from reports.rows import read
from reports.state_words import StateWords, state_words
from reports.where_used.tally import Tally

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
    is_only_possible: bool

    @property
    def words(self) -> StateWords:
        """The words of what it shows."""
        return state_words(LINK_STATES_BY_CODE, self.link_state)

    @property
    def strength(self) -> str:
        """The words of how closely that is known."""
        return link_strength(self.evidence_strength)


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


def read_reach(cursor: duckdb.DuckDBPyConnection, asset_key: str, tally: Tally) -> Reach:
    """Return how far an asset reaches; each list holds at most `LISTED_AT_MOST` rows.

    `tally` is what was counted of it: a list that counts nothing is not asked for.
    """
    bound = {"asset": asset_key, "most": LISTED_AT_MOST}
    counts = tally.others
    return Reach(
        templates=tuple(read(cursor, ShowingTemplate, _TEMPLATES, bound)) if counts.template_count else (),
        template_count=counts.template_count,
        partners=pairs_of_asset(cursor, asset_key, LISTED_AT_MOST) if counts.partner_count else (),
        partner_count=counts.partner_count,
        proposed=tuple(read(cursor, ProposedKind, _PROPOSED, [asset_key])) if counts.proposed_count else (),
        holdings=_holdings(cursor, asset_key, tally),
        possible_communication_count=counts.possible_communication_count,
    )


def _holdings(cursor: duckdb.DuckDBPyConnection, asset_key: str, tally: Tally) -> tuple[Holding, ...]:
    """Return what holds each version, the newest version first; one without a number comes last."""
    channels = [
        Holding(
            place.asset_version_key,
            place.version_number,
            "channel",
            place.channel_code or "channel unknown",
            place.asset_use_count,
        )
        for place in tally.uses.places
    ]
    has_others = tally.others.live_publication_count or tally.others.template_count
    others = read(cursor, Holding, _HELD_ELSEWHERE, {"asset": asset_key}) if has_others else []
    return tuple(sorted([*channels, *others], key=_order)[:LISTED_AT_MOST])


def _order(holding: Holding) -> tuple[bool, int, str, int, str]:
    number = holding.version_number
    return (number is None, -(number or 0), holding.place_type, -holding.held_count, holding.place)


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
        is_behind,
        links.verdict is not null and evidence_strength is distinct from 'exact' as is_only_possible
    from marts.fct_template_links as links
    inner join marts.dim_templates as templates using (template_key)
    where links.asset_key = $asset and links.is_in_use
    order by is_behind desc, template_id, template_image_id
    limit $most
"""


_PROPOSED = """
    select kind, count(*) as correction_count
    from marts.fct_proposed_corrections
    where not is_in_effect and asset_id_cloudinary in (
        select asset_id_cloudinary from marts.dim_assets where asset_key = ?
    )
    group by kind
    order by kind
"""

_HELD_ELSEWHERE = """
    select asset_version_key, any_value(version_number) as version_number, 'community' as place_type,
        coalesce(any_value(community_name), publications.community_id_trading_grid) as place, count(*) as held_count
    from marts.fct_publications as publications
    left join marts.dim_communities using (community_key)
    where asset_key = $asset and is_live
    group by asset_version_key, publications.community_id_trading_grid
    union all
    select asset_version_key, any_value(version_number), 'template', template_id_exstream, count(*)
    from marts.fct_template_links where asset_key = $asset and is_in_use
    group by asset_version_key, template_id_exstream
"""
