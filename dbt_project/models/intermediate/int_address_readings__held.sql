{{ config(materialized='view') }}

with

readings as (

    select * from {{ ref('stg_exstream__address_readings') }}

),

names as (

    select * from {{ ref('int_asset_names__held') }}

)

select
    {{ surrogate_key(['readings.address_reading_key', 'names.asset_name_key']) }} as held_reading_key,
    readings.delivery_readings,
    readings.public_id,
    readings.transformation,
    readings.format_code,
    readings.reading_number,
    names.asset_id_cloudinary,
    names.held_from,
    names.held_to
from readings
inner join names
    on
        readings.public_id = names.public_id
        and readings.resource_type = names.resource_type
        and readings.delivery_type = names.delivery_type
