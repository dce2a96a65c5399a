with

live_uses as (

    select * from {{ ref('stg_exstream__asset_uses') }}
    where binding = 'live_url'

),

communications as (

    select * from {{ ref('stg_exstream__communications') }}

),

renderings as (

    select * from {{ ref('stg_exstream__renderings') }}

),

exposure_days as (

    select * from {{ ref('exposure_days') }}

),

own_rules as (

    select * from exposure_days
    where channel_code <> '*'

),

common_rules as (

    select * from exposure_days
    where channel_code = '*'

),

evaluations as (

    -- What came within the clock uncertainty before the end of the claims may still be told otherwise.
    select
        max(evaluated_at) as evaluated_at,
        max({{ seconds_from('evaluated_at', '-' ~ var('clock_uncertainty_seconds')) }}) as known_to
    from {{ ref('int_evaluations__dated') }}
    where subject_type = 'exposure'

),

coverage as (

    select * from {{ ref('int_claims__covered') }}
    where system_code = 'cloudinary' and stream_name = 'notifications'

),

exposed as (

    select
        live_uses.asset_use_key,
        case
            when live_uses.delivery_state = 'parsed' and {{ is_our_cloud('live_uses.delivery_cloud_name') }}
                then live_uses.delivery_public_id
        end as delivery_public_id,
        live_uses.delivery_resource_type,
        live_uses.delivery_type,
        live_uses.delivery_format_code,
        renderings.channel_code,
        communications.segment_code,
        communications.jurisdiction_code,
        communications.offers_list,
        live_uses.has_conflicts
        or coalesce(communications.has_conflicts, false)
        or coalesce(renderings.has_conflicts, false) as has_conflicts,
        {{ has_layer('live_uses.transformation') }} as has_layer,
        communications.generated_at as composed_at
    from live_uses
    left join communications
        on
            live_uses.domain_code = communications.domain_code
            and live_uses.communication_id_exstream = communications.communication_id_exstream
    left join renderings
        on
            live_uses.domain_code = renderings.domain_code
            and live_uses.communication_id_exstream = renderings.communication_id_exstream
            and live_uses.rendering_id_exstream = renderings.rendering_id_exstream

),

ruled as (

    -- The channel's own rule goes before the rule for every channel.
    select
        exposed.*,
        coalesce(own_rules.exposure_days, common_rules.exposure_days, 0) as exposure_days,
        greatest(
            coalesce(own_rules.cdn_uncertainty_seconds, common_rules.cdn_uncertainty_seconds, 0),
            {{ var('clock_uncertainty_seconds') | int }}
        ) as cdn_uncertainty_seconds,
        evaluations.evaluated_at,
        evaluations.known_to
    from exposed
    left join own_rules
        on
            exposed.channel_code = own_rules.channel_code
            and exposed.composed_at >= own_rules.valid_from
            and exposed.composed_at < own_rules.valid_to
    left join common_rules
        on
            exposed.composed_at >= common_rules.valid_from
            and exposed.composed_at < common_rules.valid_to
    cross join evaluations

),

ended as (

    select
        *,
        {{ days_from('composed_at', 'exposure_days') }} as exposure_ends_at
    from ruled

),

bounded as (

    select
        *,
        case when known_to >= composed_at then least(exposure_ends_at, known_to) end as evaluated_to,
        coalesce(exposure_ends_at > known_to, true) as is_open
    from ended

)

select
    bounded.asset_use_key,
    bounded.delivery_public_id,
    bounded.delivery_resource_type,
    bounded.delivery_type,
    bounded.delivery_format_code,
    bounded.channel_code,
    bounded.segment_code,
    bounded.jurisdiction_code,
    bounded.offers_list,
    bounded.has_conflicts,
    bounded.has_layer,
    bounded.exposure_days,
    bounded.cdn_uncertainty_seconds,
    bounded.composed_at,
    bounded.exposure_ends_at,
    bounded.evaluated_to,
    bounded.is_open,
    coverage.coverage_key is not null as is_covered
from bounded
left join coverage
    on
        bounded.composed_at >= coverage.covered_from
        and {{ seconds_from('bounded.evaluated_to', var('clock_uncertainty_seconds')) }} <= coverage.covered_to
