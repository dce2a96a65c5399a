with

receipts as (

    select * from {{ ref('fct_receipts') }}
    where kind in ('opened', 'downloaded')

),

publications as (

    select * from {{ ref('fct_publications') }}

),

communities as (

    select * from {{ ref('dim_communities') }}

),

assets as (

    select * from {{ ref('dim_assets') }}

),

downloads as (

    select * from {{ ref('fct_downloads') }}

),

grouped as (

    select
        coalesce(assets.product_line_code, 'unknown') as product_line_code,
        coalesce(assets.campaign_code, 'unknown') as campaign_code,
        coalesce(communities.region_code, 'unknown') as market_code,
        receipts.*,
        publications.asset_key,
        downloads.approval_state
    from receipts
    left join publications
        on receipts.publication_key = publications.publication_key
    left join communities
        on publications.community_key = communities.community_key
    left join assets
        on publications.asset_key = assets.asset_key
    left join downloads
        on receipts.receipt_key = downloads.receipt_key

)

select
    {{ surrogate_key(['product_line_code', 'campaign_code', 'market_code']) }} as partner_download_key,
    product_line_code,
    campaign_code,
    market_code,
    count(case when kind = 'opened' then 1 end) as view_count,
    count(case when kind = 'downloaded' then 1 end) as download_count,
    count(distinct case when kind = 'downloaded' then partner_key end) as downloading_partner_count,
    count(distinct case when kind = 'downloaded' then asset_key end) as downloaded_asset_count,
    count(
        case
            when
                approval_state in ('not_a_member', 'membership_ended', 'not_approved', 'expired', 'not_for_market')
                then 1
        end
    ) as unapproved_download_count,
    max(case when kind = 'downloaded' then occurred_at end) as last_downloaded_at
from grouped
group by product_line_code, campaign_code, market_code
