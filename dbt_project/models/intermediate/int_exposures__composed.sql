-- depends_on: {{ ref('int_increments__weighed') }}
-- depends_on: {{ ref('int_partitions__affected') }}
{{ replaced_by_partition('communication_id_exstream', 'int_partitions__affected') }}

with

live_uses as (

    select * from {{ ref('stg_exstream__asset_uses_anew') }}
    where binding = 'live_url'

),

communications as (

    select * from {{ ref('stg_exstream__communications_anew') }}

),

renderings as (

    select * from {{ ref('stg_exstream__renderings_anew') }}

),

rules as (

    select * from {{ channel_rules(ref('exposure_days'), ['exposure_days', 'cdn_uncertainty_seconds']) }} as periods

),

exposed as (

    select
        live_uses.asset_use_key,
        live_uses.communication_id_exstream,
        case
            when live_uses.delivery_state = 'parsed' and {{ is_our_cloud('live_uses.delivery_cloud_name') }}
                then live_uses.delivery_public_id
        end as delivery_public_id,
        case when {{ is_our_cloud('live_uses.delivery_cloud_name') }} then live_uses.delivery_readings end
            as delivery_readings,
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
        -- Of an address in doubt each reading has its own.
        live_uses.delivery_readings is null and {{ has_layer('live_uses.transformation') }} as has_layer,
        communications.generated_at as composed_at,
        {{ ruled_channel('renderings.channel_code', ref('exposure_days')) }} as ruled_channel_code
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

    select
        exposed.*,
        coalesce(rules.exposure_days, 0) as exposure_days,
        greatest(
            coalesce(rules.cdn_uncertainty_seconds, 0), {{ clock_uncertainty('exstream', 'exposed.composed_at') }}
        ) as cdn_uncertainty_seconds
    from exposed
    left join rules
        on
            exposed.ruled_channel_code = rules.channel_code
            and exposed.composed_at >= rules.valid_from
            and exposed.composed_at < rules.valid_to

)

select
    asset_use_key,
    communication_id_exstream,
    delivery_public_id,
    delivery_readings,
    delivery_resource_type,
    delivery_type,
    delivery_format_code,
    channel_code,
    segment_code,
    jurisdiction_code,
    offers_list,
    has_conflicts,
    has_layer,
    exposure_days,
    cdn_uncertainty_seconds,
    composed_at,
    {{ days_from('composed_at', 'exposure_days') }} as exposure_ends_at
from ruled
