{{ config(materialized='table_in_increments') }}
-- depends_on: {{ ref('int_increments__weighed') }}
-- depends_on: {{ ref('int_partitions__affected') }}
with

composed as (

    select * from {{ ref('int_exposures__composed') }}

),

reached as (

    select * from {{ ref('int_exposures__reached') }}

)

select
    composed.asset_use_key,
    composed.communication_id_exstream,
    composed.delivery_public_id,
    composed.delivery_readings,
    composed.delivery_resource_type,
    composed.delivery_type,
    composed.delivery_format_code,
    composed.channel_code,
    composed.segment_code,
    composed.jurisdiction_code,
    composed.offers_list,
    composed.has_conflicts,
    composed.has_layer,
    composed.exposure_days,
    composed.cdn_uncertainty_seconds,
    composed.composed_at,
    composed.exposure_ends_at,
    case when reached.known_to >= composed.composed_at then least(composed.exposure_ends_at, reached.known_to) end
        as evaluated_to,
    coalesce(composed.exposure_ends_at > reached.known_to, true) as is_open
from composed
cross join reached
{% if replaces_partitions() %}
-- What was judged to its end before, and of which nothing has changed, is kept.
where
    composed.exposure_ends_at is null
    or composed.exposure_ends_at >= reached.judged_anew_from
    or composed.communication_id_exstream in (
        select communication_id_exstream from {{ ref('int_partitions__affected') }}
    )
{% endif %}
