with

requirements as (

    select * from {{ ref('stg_trading_grid__launch_requirements') }}

),

launches as (

    select * from {{ ref('dim_launches') }}

),

communities_launches as (

    select * from {{ ref('bridge_communities_launches') }}

),

named_assets as (

    select * from {{ ref('int_partner_assets__resolved') }}
    where subject_type = 'launch_requirement'

),

publications as (

    select * from {{ ref('fct_publications') }}

),

versions as (

    select * from {{ ref('dim_asset_versions') }}

),

assets as (

    select * from {{ ref('dim_assets') }}

),

days_allowed as (

    select * from {{ ref('days_allowed') }}
    where subject_type = 'launch_requirement'

),

required as (

    -- A launch that is over stays as it was then.
    select
        requirements.*,
        launches.launch_at,
        launches.evaluated_at,
        launches.status_code as launch_status_code,
        named_assets.asset_id_cloudinary as required_asset_id,
        least(launches.launch_at, launches.evaluated_at) as looked_at,
        launches.launch_at <= launches.evaluated_at as is_over,
        coalesce(
            requirements.due_at,
            launches.readiness_due_at,
            {{ days_from('launches.launch_at', '-days_allowed.days_allowed') }}
        ) as required_by
    from requirements
    left join launches
        on requirements.launch_key = launches.launch_key
    left join named_assets
        on requirements.launch_requirement_key = named_assets.subject_key
    left join days_allowed
        on
            launches.launch_at >= days_allowed.valid_from
            and launches.launch_at < days_allowed.valid_to

),

places as (

    -- Without a community of its own it is required in each community of the launch.
    select
        launch_requirement_key,
        community_key
    from required
    where community_key is not null

    union all

    select
        required.launch_requirement_key,
        communities_launches.community_key
    from required
    inner join communities_launches
        on required.launch_key = communities_launches.launch_key
    where required.community_key is null

),

offers as (

    select
        places.launch_requirement_key,
        places.community_key,
        publications.publication_key,
        case
            when required.is_over then publications.verdict_at_publication
            else publications.verdict_now
        end as verdict,
        coalesce(
            required.market_code is null
            or required.market_code = 'any'
            or required.market_code = publications.region_code,
            false
        ) as is_of_market,
        coalesce(
            required.language_code is null
            or required.language_code = 'any'
            or required.language_code = publications.language_code,
            false
        ) as is_of_language,
        coalesce(required.format_code is null or required.format_code = versions.format_code, false) as is_of_format
    from places
    inner join required
        on places.launch_requirement_key = required.launch_requirement_key
    inner join publications
        on
            places.community_key = publications.community_key
            and required.required_asset_id = publications.asset_id_cloudinary
    left join versions
        on publications.asset_version_key = versions.asset_version_key
    where
        publications.published_at <= required.looked_at
        and coalesce(publications.withdrawn_at, {{ open_end() }}) > required.looked_at

),

ranked_offers as (

    -- The best that is there: 1 ready, 2 not known, 3 pending, 4 another variant; 5 stands for nothing.
    select
        *,
        case
            when not (is_of_market and is_of_language and is_of_format) then 4
            when verdict in ('PROVEN', 'PROVEN_LATE') then 1
            when verdict in ('AMBIGUOUS', 'NO_EVIDENCE') then 2
            else 3
        end as state_number
    from offers

),

place_states as (

    select
        places.launch_requirement_key,
        places.community_key,
        coalesce(min(ranked_offers.state_number), 5) as state_number,
        min(case when ranked_offers.state_number = 1 then ranked_offers.publication_key end) as publication_key
    from places
    left join ranked_offers
        on
            places.launch_requirement_key = ranked_offers.launch_requirement_key
            and places.community_key = ranked_offers.community_key
    group by places.launch_requirement_key, places.community_key

),

requirement_states as (

    select
        launch_requirement_key,
        max(state_number) as state_number,
        min(publication_key) as publication_key,
        count(*) as community_count,
        count(case when state_number = 1 then 1 end) as ready_community_count
    from place_states
    group by launch_requirement_key

)

select
    cast(required.launch_requirement_key as {{ text_type() }}) as launch_requirement_key,
    cast(required.launch_key as {{ text_type() }}) as launch_key,
    cast(required.community_key as {{ text_type() }}) as community_key,
    cast(assets.asset_key as {{ text_type() }}) as asset_key,
    cast(requirement_states.publication_key as {{ text_type() }}) as publication_key,
    cast(required.launch_id_trading_grid as {{ text_type() }}) as launch_id_trading_grid,
    cast(required.required_asset_id as {{ text_type() }}) as asset_id_cloudinary,
    cast(coalesce(required.public_id, assets.public_id) as {{ text_type() }}) as public_id,
    cast(required.request_text as {{ text_type() }}) as request_text,
    cast(required.market_code as {{ text_type() }}) as market_code,
    cast(required.language_code as {{ text_type() }}) as language_code,
    cast(required.format_code as {{ text_type() }}) as format_code,
    cast(required.status_code as {{ text_type() }}) as status_code,
    cast(
        case
            when required.status_code = 'waived' or required.launch_status_code = 'cancelled' then 'not_required'
            when required.looked_at is null then 'launch_unknown'
            when requirement_states.state_number = 1 then 'ready'
            when required.required_asset_id is null then 'asset_not_named'
            when requirement_states.state_number = 2 then 'approval_not_known'
            when requirement_states.state_number = 3 then 'approval_pending'
            when requirement_states.state_number = 4 then 'another_variant_published'
            else 'not_published'
        end as {{ text_type() }}
    ) as readiness_reason,
    cast(required.ordinal as bigint) as ordinal,
    cast(coalesce(requirement_states.community_count, 0) as bigint) as community_count,
    cast(coalesce(requirement_states.ready_community_count, 0) as bigint) as ready_community_count,
    cast(required.required_by as {{ instant_type() }}) as required_by,
    cast(required.looked_at as {{ instant_type() }}) as looked_at,
    cast(required.updated_at as {{ instant_type() }}) as updated_at,
    cast(required._log_index as bigint) as _log_index
from required
left join requirement_states
    on required.launch_requirement_key = requirement_states.launch_requirement_key
left join assets
    on required.required_asset_id = assets.asset_id_cloudinary
