with

landed as (

    select delivery_readings from {{ source('exstream', 'asset_uses') }}
    where delivery_readings is not null

    union

    select delivery_readings from {{ source('exstream', 'resource_links') }}
    where delivery_readings is not null

    union

    select delivery_readings from {{ source('exstream', 'output_links') }}
    where delivery_readings is not null

),

parsed as (

    select
        delivery_readings,
        {{ json_object_list('delivery_readings', {
            'public_id': 'VARCHAR',
            'resource_type': 'VARCHAR',
            'type': 'VARCHAR',
            'transformation': 'VARCHAR',
            'format': 'VARCHAR',
        }) }} as readings_list
    from landed

),

readings as (

    select * from {{ exploded('parsed', 'readings_list', 'reading') }} as each_reading

)

select
    {{ surrogate_key(['delivery_readings', 'ordinal']) }} as address_reading_key,
    delivery_readings,
    reading.public_id as public_id,
    reading.resource_type as resource_type,
    reading.type as delivery_type,
    reading.transformation as transformation,
    reading.format as format_code,
    ordinal as reading_number
from readings
