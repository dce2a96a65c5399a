with

requirements as (

    select * from {{ ref('fct_launch_requirements') }}

),

launches as (

    select * from {{ ref('dim_launches') }}

),

communities as (

    select * from {{ ref('dim_communities') }}

),

assets as (

    select * from {{ ref('dim_assets') }}

)

select
    requirements.launch_requirement_key,
    requirements.launch_key,
    requirements.community_key,
    requirements.asset_key,
    requirements.publication_key,
    requirements.launch_id_trading_grid,
    launches.launch_name,
    requirements.ordinal,
    communities.community_name,
    requirements.asset_id_cloudinary,
    requirements.public_id,
    assets.display_name,
    requirements.request_text,
    requirements.market_code,
    requirements.language_code,
    requirements.format_code,
    requirements.readiness_reason,
    requirements.community_count,
    requirements.ready_community_count,
    requirements.required_by,
    requirements.looked_at,
    launches.launch_at
from requirements
left join launches
    on requirements.launch_key = launches.launch_key
left join communities
    on requirements.community_key = communities.community_key
left join assets
    on requirements.asset_key = assets.asset_key
