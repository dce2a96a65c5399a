with

searches as (

    select * from {{ ref('fct_searches') }}

),

communities as (

    select
        *,
        region_code as jurisdiction_code
    from {{ ref('dim_communities') }}

),

publishable as (

    select * from {{ ref('dim_publishable_versions') }}

),

publications as (

    select * from {{ ref('fct_publications') }}
    where is_live

),

topics as (

    -- Looked for at least twice in a community, found by nobody there since.
    select
        search_topic_key,
        community_key,
        min(lower(trim(search_terms))) as search_terms,
        min(product_line_code) as product_line_code,
        min(campaign_code) as campaign_code,
        min(market_code) as market_code,
        count(case when is_empty then 1 end) as empty_count,
        max(case when is_empty then searched_at end) as last_empty_at,
        -- A portal may not say how much was found: that is neither nothing nor something.
        max(case when result_count > 0 then searched_at end) as last_found_at
    from searches
    group by search_topic_key, community_key

),

offers as (

    -- The filters say what is meant; a topic without one could mean anything.
    select distinct
        topics.search_topic_key,
        topics.search_terms,
        topics.empty_count,
        communities.community_key,
        communities.community_id_trading_grid,
        communities.region_code,
        communities.language_code,
        publishable.asset_id_cloudinary,
        publishable.public_id,
        publishable.resource_type,
        publishable.version_number,
        publishable.etag,
        publishable.format_code
    from topics
    inner join communities
        on topics.community_key = communities.community_key
    inner join publishable
        on
            (topics.product_line_code is null or topics.product_line_code = publishable.product_line_code)
            and (topics.campaign_code is null or topics.campaign_code = publishable.campaign_code)
    where
        topics.empty_count >= 2
        and {{ found_nothing_last('topics') }}
        and (topics.product_line_code is not null or topics.campaign_code is not null)
        and (topics.market_code is null or topics.market_code = communities.region_code)
        and {{ is_jurisdiction_allowed('publishable', 'communities') }}

),

missing as (

    select
        offers.*,
        row_number() over (
            partition by offers.community_key, offers.search_topic_key
            order by
                case
                    when {{ holds_text('lower(offers.public_id)', 'offers.search_terms') }} then 0 else 1
                end asc nulls last,
                offers.version_number desc nulls last,
                offers.asset_id_cloudinary asc nulls last
        ) as offer_number
    from offers
    left join publications
        on
            offers.community_key = publications.community_key
            and offers.asset_id_cloudinary = publications.asset_id_cloudinary
    where publications.publication_key is null

)

select
{{ correction_columns(
    'publish_searched_asset',
    exception_key='missing.search_topic_key',
    subject_id="concat_ws('/', missing.community_id_trading_grid, missing.search_topic_key, missing.public_id)",
    community_id='missing.community_id_trading_grid',
    target_id="concat_ws(':', missing.community_id_trading_grid, missing.search_topic_key, missing.asset_id_cloudinary)",
    asset_id='missing.asset_id_cloudinary',
    public_id='missing.public_id',
    resource_type='missing.resource_type',
    desired_version='missing.version_number',
    desired_etag='missing.etag',
    desired_format='missing.format_code',
    rendition="'web'",
    region='missing.region_code',
    language='missing.language_code',
    transformation=light_rendition('missing.resource_type'),
    reason="concat(cast(missing.empty_count as " ~ text_type() ~ "), '_empty_searches')"
) }}
from missing
-- A person looks at each: the three likeliest are enough.
where offer_number <= 3
