with

requirements as (

    select * from {{ ref('stg_trading_grid__launch_requirements') }}

),

launches as (

    select * from {{ ref('stg_trading_grid__launches') }}

),

communities as (

    select * from {{ ref('stg_trading_grid__communities') }}

),

named_assets as (

    select * from {{ ref('int_partner_assets__resolved') }}
    where subject_type = 'launch_requirement'

),

names as (

    select * from {{ ref('int_asset_names__held') }}

),

evaluations as (

    select * from {{ ref('int_evaluations__dated') }}
    where subject_type = 'launch_visual'

),

visuals as (

    -- A launch to come is looked at as of the last claims; what is served within their clock uncertainty is not known.
    select
        requirements.launch_requirement_key,
        requirements.launch_key,
        requirements.community_key,
        named_assets.asset_id_cloudinary,
        case
            when requirements.market_code <> 'any' then requirements.market_code
            else communities.region_code
        end as region_code,
        launches.launch_at,
        launches.launch_at <= evaluations.evaluated_at as is_over,
        least(
            launches.launch_at,
            {{ seconds_from('evaluations.evaluated_at', '-' ~ var('clock_uncertainty_seconds')) }}
        ) as judged_at,
        evaluations.evaluated_at
    from requirements
    inner join launches
        on requirements.launch_key = launches.launch_key
    left join named_assets
        on requirements.launch_requirement_key = named_assets.subject_key
    left join communities
        on requirements.community_key = communities.community_key
    cross join evaluations
    where
        coalesce(requirements.status_code, 'required') <> 'waived'
        and coalesce(launches.status_code, 'planned') <> 'cancelled'

),

held_names as (

    select
        visuals.launch_requirement_key,
        min(names.public_id) as public_id
    from visuals
    inner join names
        on
            visuals.asset_id_cloudinary = names.asset_id_cloudinary
            and visuals.judged_at >= names.held_from
            and visuals.judged_at < names.held_to
    group by visuals.launch_requirement_key

)

select
    visuals.launch_requirement_key,
    visuals.launch_key,
    visuals.community_key,
    visuals.asset_id_cloudinary,
    held_names.public_id,
    visuals.region_code,
    visuals.is_over,
    visuals.launch_at,
    visuals.judged_at,
    visuals.evaluated_at
from visuals
left join held_names
    on visuals.launch_requirement_key = held_names.launch_requirement_key
