with

exposures as (

    select * from {{ ref('int_exposures__bounded') }}
    where delivery_public_id is not null and evaluated_to is not null

),

names_in_order as (

    select
        *,
        lag(held_to) over (
            partition by asset_id_cloudinary, public_id, resource_type, delivery_type
            order by held_from asc, held_to asc
        ) as previous_held_to
    from {{ ref('int_asset_names__held') }}

),

stretched_names as (

    select
        *,
        sum(case when previous_held_to = held_from then 0 else 1 end) over (
            partition by asset_id_cloudinary, public_id, resource_type, delivery_type
            order by held_from asc, held_to asc
            rows between unbounded preceding and current row
        ) as stretch_number
    from names_in_order

),

names as (

    -- Every upload names its asset anew: without a break it is one holding.
    select
        asset_id_cloudinary,
        public_id,
        resource_type,
        delivery_type,
        min(held_from) as held_from,
        max(held_to) as held_to
    from stretched_names
    group by asset_id_cloudinary, public_id, resource_type, delivery_type, stretch_number

),

versions as (

    select * from {{ ref('int_asset_versions__lived') }}

),

spans as (

    -- What an address served: the versions of the asset that held its name, while it held it.
    select
        names.public_id,
        names.resource_type,
        names.delivery_type,
        versions.asset_version_key,
        versions.asset_id_cloudinary,
        versions.etag,
        versions.version_number,
        case when versions.live_surely_to < versions.live_to then versions.live_surely_to end as doubtful_from,
        greatest(versions.live_from, names.held_from) as served_from,
        least(versions.live_to, names.held_to) as served_to
    from names
    inner join versions
        on
            names.asset_id_cloudinary = versions.asset_id_cloudinary
            and names.held_from < versions.live_to
            and names.held_to > versions.live_from

),

lookups as (

    -- A dot in a public id may have been read as the start of a format.
    select
        *,
        delivery_public_id as looked_up_name,
        1 as choice_number
    from exposures

    union all

    select
        *,
        delivery_public_id || '.' || delivery_format_code as looked_up_name,
        2 as choice_number
    from exposures
    where delivery_format_code is not null

),

found as (

    select
        lookups.*,
        spans.asset_version_key,
        spans.asset_id_cloudinary,
        spans.etag,
        spans.version_number,
        spans.doubtful_from,
        spans.served_from,
        spans.served_to
    from lookups
    inner join spans
        on
            lookups.looked_up_name = spans.public_id
            and (lookups.delivery_resource_type is null or lookups.delivery_resource_type = spans.resource_type)
            and (lookups.delivery_type is null or lookups.delivery_type = spans.delivery_type)
            and spans.served_from
            <= {{ seconds_from('lookups.evaluated_to', var('clock_uncertainty_seconds')) }}
            and {{ seconds_after('spans.served_to', 'lookups.cdn_uncertainty_seconds') }} > lookups.composed_at

),

best_names as (

    select
        asset_use_key,
        min(choice_number) as choice_number
    from found
    group by asset_use_key

)

-- Widened by both uncertainties: what may have been served. A version that came back under its name has two rows.
select
    {{ surrogate_key(['found.asset_use_key', 'found.asset_version_key', 'found.served_from']) }}
        as exposure_version_key,
    found.asset_use_key,
    found.asset_version_key,
    found.asset_id_cloudinary,
    found.etag,
    found.version_number,
    found.channel_code,
    found.segment_code,
    found.jurisdiction_code,
    found.offers_list,
    found.has_conflicts,
    found.has_layer,
    found.composed_at,
    found.evaluated_to,
    found.served_from,
    found.served_to,
    found.doubtful_from,
    {{ seconds_from('found.served_from', '-' ~ var('clock_uncertainty_seconds')) }} as possibly_served_from,
    least({{ seconds_after('found.served_to', 'found.cdn_uncertainty_seconds') }}, {{ open_end() }})
        as possibly_served_to
from found
inner join best_names
    on
        found.asset_use_key = best_names.asset_use_key
        and found.choice_number = best_names.choice_number
