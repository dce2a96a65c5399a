with

searches as (

    select * from {{ ref('fct_searches') }}

),

assets as (

    select * from {{ ref('dim_assets') }}

),

versions as (

    select * from {{ ref('dim_asset_versions') }}

),

approvals as (

    select * from {{ ref('fct_approvals') }}

),

publications as (

    select * from {{ ref('fct_publications') }}
    where is_live

),

communities as (

    select * from {{ ref('dim_communities') }}

),

topics as (

    select
        search_topic_key,
        min(lower(trim(search_terms))) as search_terms,
        min(product_line_code) as product_line_code,
        min(campaign_code) as campaign_code,
        min(market_code) as market_code,
        count(*) as search_count,
        count(case when is_empty then 1 end) as empty_count,
        count(distinct partner_key) as partner_count,
        count(distinct case when is_empty then partner_key end) as empty_partner_count,
        min(searched_at) as first_searched_at,
        max(searched_at) as last_searched_at,
        max(evaluated_at) as evaluated_at,
        max(case when is_empty then searched_at end) as last_empty_at,
        -- A portal may not say how much was found: that is neither nothing nor something.
        max(case when result_count > 0 then searched_at end) as last_found_at
    from searches
    group by search_topic_key

),

current_approvals as (

    -- Whose newest version has an approval, and when that is in force.
    select
        assets.asset_key,
        assets.product_line_code,
        assets.campaign_code,
        approvals.in_force_from,
        approvals.in_force_to
    from assets
    inner join versions
        on
            assets.asset_key = versions.asset_key
            and versions.is_current
    inner join approvals
        on
            versions.asset_id_cloudinary = approvals.asset_id_cloudinary
            and versions.etag = approvals.etag
    where not assets.is_deleted

),

offers as (

    -- What the filters of a topic mean: words are not looked for, as the portal's own search knows what they found.
    select
        topics.search_topic_key,
        count(distinct current_approvals.asset_key) as approved_asset_count,
        count(
            distinct case
                when topics.market_code is null or communities.region_code = topics.market_code
                    then publications.asset_key
            end
        ) as shown_asset_count
    from topics
    inner join current_approvals
        on
            (topics.product_line_code is null or topics.product_line_code = current_approvals.product_line_code)
            and (topics.campaign_code is null or topics.campaign_code = current_approvals.campaign_code)
    left join publications
        on current_approvals.asset_key = publications.asset_key
    left join communities
        on publications.community_key = communities.community_key
    where
        (topics.product_line_code is not null or topics.campaign_code is not null)
        and topics.evaluated_at >= current_approvals.in_force_from
        and topics.evaluated_at < current_approvals.in_force_to
    group by topics.search_topic_key

)

select
    topics.search_topic_key,
    topics.search_terms,
    topics.product_line_code,
    topics.campaign_code,
    topics.market_code,
    topics.search_count,
    topics.empty_count,
    topics.partner_count,
    topics.empty_partner_count,
    coalesce(offers.approved_asset_count, 0) as approved_asset_count,
    coalesce(offers.shown_asset_count, 0) as shown_asset_count,
    {{ found_nothing_last('topics') }} as is_not_found,
    topics.first_searched_at,
    topics.last_searched_at,
    topics.last_empty_at,
    topics.last_found_at,
    topics.evaluated_at
from topics
left join offers
    on topics.search_topic_key = offers.search_topic_key
