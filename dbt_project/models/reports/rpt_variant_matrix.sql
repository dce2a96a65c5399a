with

needs as (

    select * from {{ ref('fct_community_needs') }}
    where variant_state <> 'dropped'

),

publications as (

    select * from {{ ref('fct_publications') }}
    where is_live

),

communities as (

    select * from {{ ref('dim_communities') }}

),

assets as (

    select * from {{ ref('dim_assets') }}

),

claims as (

    select * from {{ ref('fct_claims') }}

),

evaluated as (

    {{ claimed_until('claims', 'trading_grid', ['communities', 'publications', 'community_needs']) }}

),

fulfilling as (

    select distinct publication_key
    from needs
    where publication_key is not null

),

asked_for as (

    select distinct
        community_key,
        asset_id_cloudinary,
        region_code
    from needs

),

cells as (

    -- What is needed, and what is shown without being the answer to a need.
    select
        {{ surrogate_key(["'needed'", 'community_need_key']) }} as variant_cell_key,
        community_key,
        asset_key,
        community_need_key,
        publication_key,
        asset_id_cloudinary,
        public_id,
        region_code,
        language_code,
        device_code,
        variant_state
    from needs

    union all

    select
        {{ surrogate_key(["'shown'", 'publications.publication_key']) }} as variant_cell_key,
        publications.community_key,
        publications.asset_key,
        cast(null as {{ text_type() }}) as community_need_key,
        publications.publication_key,
        publications.asset_id_cloudinary,
        publications.public_id,
        publications.region_code,
        publications.language_code,
        publications.device_code,
        case
            when
                publications.region_code <> 'any'
                and publications.region_code <> communities.region_code
                and asked_for.community_key is null
                then 'wrong'
            else 'not_asked_for'
        end as variant_state
    from publications
    left join communities
        on publications.community_key = communities.community_key
    left join fulfilling
        on publications.publication_key = fulfilling.publication_key
    left join asked_for
        on
            publications.community_key = asked_for.community_key
            and publications.asset_id_cloudinary = asked_for.asset_id_cloudinary
            and publications.region_code = asked_for.region_code
    where fulfilling.publication_key is null

)

select
    cells.variant_cell_key,
    cells.community_key,
    cells.asset_key,
    cells.community_need_key,
    cells.publication_key,
    communities.community_id_trading_grid,
    communities.community_name,
    communities.region_code as community_region_code,
    cells.asset_id_cloudinary,
    coalesce(assets.public_id, cells.public_id) as public_id,
    assets.display_name,
    cells.region_code,
    cells.language_code,
    cells.device_code,
    cells.variant_state,
    evaluated.evaluated_at
from cells
cross join evaluated
left join communities
    on cells.community_key = communities.community_key
left join assets
    on cells.asset_key = assets.asset_key
