"""Names and ids that somebody may type, whatever they are the name of.

Here belong what is found by the whole of it, and what by its beginning or a part, of which the pieces of three letters
tell without looking at any name. Communications are not among them:
there are too many (`uses`). None of the tables below tells of communications, so that everybody may read them whole.
"""

from __future__ import annotations

from typing import Final

from publish.served.table import Served

_OF: Final = (
    "marts.dim_assets",
    "marts.dim_asset_versions",
    "marts.dim_launches",
    "marts.dim_partners",
    "marts.dim_templates",
    "marts.fct_cases",
    "marts.fct_distributions",
    "marts.fct_feedback",
    "marts.fct_publications",
)
_EXACT: Final = """
    select distinct sought, is_folded, kind, name, subject_id, anchor
    from (
        select asset_id_cloudinary as sought, false as is_folded, 'Asset' as kind,
            coalesce(public_id, asset_id_cloudinary) as name, asset_id_cloudinary as subject_id, '' as anchor
        from marts.dim_assets
        union all
        select public_id, false, 'Asset', public_id, asset_id_cloudinary, ''
        from marts.dim_assets
        where asset_id_cloudinary <> public_id
        union all
        select etag, true, 'Asset', coalesce(public_id_at_upload, etag) || ' (by content hash)', asset_id_cloudinary, ''
        from marts.dim_asset_versions
        union all
        select content_hash, true, 'Asset', coalesce(public_id_at_upload, etag) || ' (by content hash)',
            asset_id_cloudinary, ''
        from marts.dim_asset_versions
        union all
        select gtin, false, 'Asset', coalesce(public_id, asset_id_cloudinary) || ' (by GTIN)', asset_id_cloudinary, ''
        from marts.dim_assets
        union all
        select public_id_at_upload, false, 'Asset', public_id_at_upload || ' (an earlier name)', asset_id_cloudinary, ''
        from marts.dim_asset_versions
        where not exists (
            select 1 from marts.dim_assets as assets where assets.public_id = dim_asset_versions.public_id_at_upload
        )
        union all
        select case_id_trading_grid, false, 'Partner case', case_id_trading_grid, case_id_trading_grid, ''
        from marts.fct_cases
        union all
        select publication_id_trading_grid, false, 'Publication', publication_id_trading_grid, asset_id_cloudinary,
            '#publications'
        from marts.fct_publications
        where asset_key is not null
        union all
        select unnest([partner_id_trading_grid, gln, duns]), false, 'Partner',
            coalesce(partner_name, partner_id_trading_grid), partner_id_trading_grid, ''
        from marts.dim_partners
        union all
        select lower(partner_name), true, 'Partner', partner_name, partner_id_trading_grid, ''
        from marts.dim_partners
        union all
        select distribution_id_trading_grid, false, 'Partner',
            coalesce(partner_name, partner_id_trading_grid) || ' (sent to it)', partner_id_trading_grid, '#trail'
        from marts.fct_distributions as distributions
        inner join marts.dim_partners as partners on distributions.partner_key = partners.partner_key
        union all
        select unnest([template_id_exstream, resource_id_exstream]), false, 'Template', template_id_exstream,
            template_id_exstream, ''
        from marts.dim_templates
        union all
        select launch_id_trading_grid, false, 'Launch', coalesce(launch_name, launch_id_trading_grid),
            launch_id_trading_grid, ''
        from marts.dim_launches
        union all
        select lower(launch_name), true, 'Launch', launch_name, launch_id_trading_grid, ''
        from marts.dim_launches
        union all
        select feedback_id_trading_grid, false, 'Feedback', feedback_id_trading_grid, feedback_id_trading_grid, ''
        from marts.fct_feedback
    )
    where sought is not null
"""
_IN_ORDER: Final = "kind_order, sort_name, subject_id"
_ALL_SIMILAR: Final = """
    select 0 as kind_order, 'Asset' as kind, coalesce(public_id, asset_id_cloudinary) as name,
        asset_id_cloudinary as subject_id, public_id as sort_name, asset_id_cloudinary as begins,
        lower(public_id) as holds, lower(display_name) as holds_also
    from marts.dim_assets
    union all
    select 1, 'Partner case', case_id_trading_grid, case_id_trading_grid, case_id_trading_grid,
        lower(case_id_trading_grid), lower(subject), null
    from marts.fct_cases
    union all
    select 2, 'Partner', coalesce(partner_name, partner_id_trading_grid), partner_id_trading_grid,
        partner_id_trading_grid, lower(partner_id_trading_grid), lower(partner_name), null
    from marts.dim_partners
    union all
    select distinct 3, 'Template', template_id_exstream, template_id_exstream, template_id_exstream, null,
        lower(template_id_exstream), null
    from marts.dim_templates
    union all
    select 4, 'Launch', coalesce(launch_name, launch_id_trading_grid), launch_id_trading_grid, launch_id_trading_grid,
        lower(launch_id_trading_grid), lower(launch_name), null
    from marts.dim_launches
    union all
    select 5, 'Feedback', feedback_id_trading_grid, feedback_id_trading_grid, feedback_id_trading_grid,
        lower(feedback_id_trading_grid), null, null
    from marts.fct_feedback
"""

_SIMILAR: Final = f"""
    select *, cast(row_number() over (order by {_IN_ORDER}) as integer) as name_row
    from ({_ALL_SIMILAR})
"""  # noqa: S608 - constants
LETTERS_OF_PIECE: Final = 3
_PIECES: Final = f"""
    select distinct piece, name_row
    from (
        select
            name_row,
            unnest(list_transform(
                range(1, length(typed) - {LETTERS_OF_PIECE - 2}), lambda place: substr(typed, place, {LETTERS_OF_PIECE})
            )) as piece
        from (
            select name_row, concat_ws(chr(10), begins, holds, holds_also) as typed
            from serving.similar_names
        )
    )
"""  # noqa: S608 - constants
_PIECE_COUNTS: Final = """
    select piece, count(*) as name_count
    from serving.name_pieces
    group by piece
"""

NAMES_SERVED: Final = {
    "exact_names": Served(
        _EXACT,
        "sought",
        "One row per name, id or hash and what it leads to; is_folded: it is compared with the small letters of what "
        "was typed.",
        _OF,
    ),
    "similar_names": Served(
        _SIMILAR,
        _IN_ORDER,
        "One row per subject: the text that must begin as what was typed does, and those that must hold it, all in "
        "small letters.",
        _OF,
    ),
    "name_pieces": Served(
        _PIECES,
        "piece, name_row",
        "One row per piece of three letters and row of similar_names that has it in one of its texts.",
        _OF,
    ),
    "name_piece_counts": Served(
        _PIECE_COUNTS,
        "piece",
        "One row per piece of three letters: how many rows of similar_names have it.",
        _OF,
    ),
}
OPEN_TO_ALL: Final = frozenset(f"serving.{name}" for name in NAMES_SERVED)
"""What somebody restricted to jurisdictions reads whole: it tells nothing of communications."""
