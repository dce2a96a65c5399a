with

publications as (

    select * from {{ ref('fct_publications') }}

),

communities as (

    select * from {{ ref('dim_communities') }}

),

memberships as (

    select * from {{ ref('bridge_communities_partners') }}

),

members as (

    select * from memberships
    where {{ is_member('memberships') }}

),

assets as (

    select * from {{ ref('dim_assets') }}

),

receipts as (

    select * from {{ ref('fct_receipts') }}

),

member_counts as (

    select
        community_key,
        count(*) as member_count
    from members
    group by community_key

),

partner_counts as (

    select
        publication_key,
        count(distinct case when kind = 'delivered' then partner_key end) as delivered_partner_count,
        count(distinct case when kind in ('opened', 'downloaded') then partner_key end) as opened_partner_count,
        count(distinct case when kind = 'acknowledged' and not has_other_bytes then partner_key end)
            as acknowledged_partner_count
    from receipts
    group by publication_key

)

select
    publications.publication_key,
    publications.community_key,
    publications.asset_key,
    publications.asset_version_key,
    publications.publication_id_trading_grid,
    publications.community_id_trading_grid,
    communities.community_name,
    publications.asset_id_cloudinary,
    publications.public_id,
    assets.display_name,
    assets.campaign_code,
    assets.product_line_code,
    publications.version_number,
    publications.newest_approved_version_number,
    publications.region_code,
    publications.language_code,
    publications.device_code,
    publications.rendition_name,
    publications.published_by_id,
    publications.replaces_publication_id,
    publications.verdict_at_publication,
    publications.verdict_now,
    publications.verdict_reason,
    coalesce(member_counts.member_count, 0) as member_count,
    coalesce(partner_counts.delivered_partner_count, 0) as delivered_partner_count,
    coalesce(partner_counts.opened_partner_count, 0) as opened_partner_count,
    coalesce(partner_counts.acknowledged_partner_count, 0) as acknowledged_partner_count,
    publications.is_live,
    publications.published_at as shown_from,
    coalesce(publications.withdrawn_at, {{ open_end() }}) as shown_to
from publications
left join communities
    on publications.community_key = communities.community_key
left join assets
    on publications.asset_key = assets.asset_key
left join member_counts
    on publications.community_key = member_counts.community_key
left join partner_counts
    on publications.publication_key = partner_counts.publication_key
