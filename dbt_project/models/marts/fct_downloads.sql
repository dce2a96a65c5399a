with

accesses as (

    select * from {{ ref('stg_trading_grid__accesses') }}
    where kind = 'downloaded'

),

publications as (

    select * from {{ ref('fct_publications') }}

),

communities as (

    select * from {{ ref('dim_communities') }}

),

members as (

    select * from {{ ref('bridge_communities_partners') }}

),

assets as (

    select * from {{ ref('dim_assets') }}

),

verdicts as (

    select * from {{ ref('int_references__evidenced') }}
    where reference_type = 'download'

),

downloads as (

    select
        {{ surrogate_key(["'access'", 'accesses.access_id_trading_grid']) }} as receipt_key,
        accesses.*,
        publications.community_key,
        publications.region_code,
        publications.language_code,
        publications.rendition_name,
        publications.public_id,
        communities.region_code as market_code,
        members.community_partner_key,
        {{ membership_has_ended('members', 'accesses.occurred_at') }} as has_ended
    from accesses
    left join publications
        on accesses.publication_key = publications.publication_key
    left join communities
        on publications.community_key = communities.community_key
    left join members
        on
            publications.community_key = members.community_key
            and accesses.partner_key = members.partner_key

)

select
    cast(downloads.receipt_key as {{ text_type() }}) as receipt_key,
    cast(downloads.publication_key as {{ text_type() }}) as publication_key,
    cast(downloads.partner_key as {{ text_type() }}) as partner_key,
    cast(downloads.community_key as {{ text_type() }}) as community_key,
    cast(assets.asset_key as {{ text_type() }}) as asset_key,
    cast(verdicts.asset_version_key as {{ text_type() }}) as asset_version_key,
    cast(verdicts.approval_key as {{ text_type() }}) as approval_key,
    cast(verdicts.coverage_key as {{ text_type() }}) as coverage_key,
    cast(downloads.access_id_trading_grid as {{ text_type() }}) as access_id_trading_grid,
    cast(downloads.publication_id_trading_grid as {{ text_type() }}) as publication_id_trading_grid,
    cast(downloads.user_id_trading_grid as {{ text_type() }}) as user_id_trading_grid,
    cast(verdicts.asset_id_cloudinary as {{ text_type() }}) as asset_id_cloudinary,
    cast(downloads.public_id as {{ text_type() }}) as public_id,
    cast(verdicts.etag as {{ text_type() }}) as etag,
    cast(assets.product_line_code as {{ text_type() }}) as product_line_code,
    cast(assets.campaign_code as {{ text_type() }}) as campaign_code,
    cast(downloads.market_code as {{ text_type() }}) as market_code,
    cast(downloads.region_code as {{ text_type() }}) as region_code,
    cast(downloads.language_code as {{ text_type() }}) as language_code,
    cast(downloads.rendition_name as {{ text_type() }}) as rendition_name,
    cast(verdicts.verdict as {{ text_type() }}) as verdict,
    cast(verdicts.verdict_reason as {{ text_type() }}) as verdict_reason,
    cast(verdicts.evidence_strength as {{ text_type() }}) as evidence_strength,
    cast(verdicts.evidence_grade as {{ text_type() }}) as evidence_grade,
    cast(
        case
            when downloads.community_key is null then 'publication_unknown'
            when downloads.community_partner_key is null then 'not_a_member'
            when downloads.has_ended then 'membership_ended'
            when verdicts.verdict = 'NOT_APPROVED' then 'not_approved'
            when verdicts.verdict = 'EXPIRED' then 'expired'
            when verdicts.verdict = 'NOT_ELIGIBLE' then 'not_for_market'
            when verdicts.verdict in ('PROVEN', 'PROVEN_LATE', 'SUPERSEDED') then 'approved'
            else 'not_known'
        end as {{ text_type() }}
    ) as approval_state,
    cast(verdicts.version_number as bigint) as version_number,
    cast(downloads.occurred_at as {{ instant_type() }}) as downloaded_at,
    cast(downloads._log_index as bigint) as _log_index
from downloads
left join verdicts
    on downloads.receipt_key = verdicts.subject_key
left join assets
    on verdicts.asset_id_cloudinary = assets.asset_id_cloudinary
