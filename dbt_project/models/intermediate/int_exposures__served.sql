{{ config(materialized='view') }}

with

exposures as (

    select * from {{ ref('int_exposures__bounded') }}
    where coalesce(delivery_public_id, delivery_readings) is not null and evaluated_to is not null

),

readings as (

    select * from {{ ref('stg_exstream__address_readings') }}

),

spans as (

    select * from {{ ref('int_addresses__served') }}

),

{% set found_as = {
    'by_name': 'exposures.delivery_public_id',
    'by_dotted_name': "exposures.delivery_public_id || '.' || exposures.delivery_format_code",
} %}

{% for found, name in found_as.items() %}
{{ found }} as (

    select
        exposures.asset_use_key,
        exposures.delivery_public_id,
        exposures.delivery_resource_type,
        exposures.delivery_type,
        exposures.cdn_uncertainty_seconds,
        exposures.composed_at,
        exposures.evaluated_to,
        spans.span_join_key,
        spans.asset_version_key,
        spans.asset_id_cloudinary,
        spans.etag,
        spans.version_number,
        spans.served_from,
        spans.served_to,
        cast(null as bigint) as reading_number,
        false as has_layer
    from exposures
    inner join spans
        on
            {{ name }} = spans.public_id
            and {{ is_served_in('exposures', 'spans') }}

),

{% endfor %}
found_without as (

    -- A dot in a public id may have been read as the start of a format: of what is not found without it.
    select distinct by_dotted_name.asset_use_key
    from by_dotted_name
    inner join spans
        on
            by_dotted_name.delivery_public_id = spans.public_id
            and {{ is_served_in('by_dotted_name', 'spans') }}

),

by_reading as (

    -- An address that can be read in several ways may serve what any of its readings names.
    select
        exposures.asset_use_key,
        exposures.delivery_public_id,
        exposures.delivery_resource_type,
        exposures.delivery_type,
        exposures.cdn_uncertainty_seconds,
        exposures.composed_at,
        exposures.evaluated_to,
        spans.span_join_key,
        spans.asset_version_key,
        spans.asset_id_cloudinary,
        spans.etag,
        spans.version_number,
        spans.served_from,
        spans.served_to,
        readings.reading_number,
        {{ has_layer('readings.transformation') }} as has_layer
    from exposures
    inner join readings
        on exposures.delivery_readings = readings.delivery_readings
    inner join spans
        on
            readings.public_id = spans.public_id
            and {{ is_served_in('exposures', 'spans') }}

),

found as (

    select * from by_name

    union all

    select * from by_reading

    union all

    select by_dotted_name.*
    from by_dotted_name
    left join found_without
        on by_dotted_name.asset_use_key = found_without.asset_use_key
    where found_without.asset_use_key is null

)

-- Widened by both uncertainties: what may have been served. A version that came back under its name has two rows.
select
    {{ surrogate_key(['asset_use_key', 'asset_version_key', 'served_from']) }} as exposure_version_key,
    asset_use_key,
    span_join_key,
    asset_version_key,
    asset_id_cloudinary,
    etag,
    version_number,
    reading_number,
    has_layer,
    composed_at,
    evaluated_to,
    served_from,
    served_to,
    {{ seconds_from('served_from', '-' ~ var('clock_uncertainty_seconds')) }} as possibly_served_from,
    least({{ seconds_after('served_to', 'cdn_uncertainty_seconds') }}, {{ open_end() }}) as possibly_served_to
from found
