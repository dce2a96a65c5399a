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

named as (

    select
        *,
        delivery_public_id as served_public_id,
        cast(null as bigint) as reading_number,
        false as has_layer_of_reading
    from exposures
    where delivery_public_id is not null

    union all

    -- An address that can be read in several ways may serve what any of its readings names.
    select
        exposures.*,
        readings.public_id as served_public_id,
        readings.reading_number,
        {{ has_layer('readings.transformation') }} as has_layer_of_reading
    from exposures
    inner join readings
        on exposures.delivery_readings = readings.delivery_readings

),

{% set found_as = {
    'by_name': 'named.served_public_id',
    'by_dotted_name': "named.delivery_public_id || '.' || named.delivery_format_code",
} %}

{% for found, name in found_as.items() %}
{{ found }} as (

    select
        named.asset_use_key,
        named.delivery_public_id,
        named.delivery_resource_type,
        named.delivery_type,
        named.cdn_uncertainty_seconds,
        named.composed_at,
        named.evaluated_to,
        spans.span_join_key,
        spans.asset_version_key,
        spans.asset_id_cloudinary,
        spans.etag,
        spans.version_number,
        spans.served_from,
        spans.served_to,
        named.reading_number,
        named.has_layer_of_reading as has_layer
    from named
    inner join spans
        on
            {{ name }} = spans.public_id
            and {{ is_served_in('named', 'spans') }}

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

found as (

    select * from by_name

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
