with

catalogue_images as (

    select
        *,
        row_number() over (
            partition by item_reference, file_name
            order by {{ newest_first([]) }}
        ) as state_number,
        min(_loaded_at) over (partition by item_reference, file_name) as _first_loaded_at
    from {{ source('trading_grid', 'catalogue_images') }}

)

select
    {{ surrogate_key(['item_reference', 'file_name']) }} as catalogue_image_key,
    item_kind,
    item_reference,
    file_name,
    action,
    gtin,
    product,
    color_code,
    selection_code,
    file_type,
    image_type,
    purpose,
    orientation,
    location_type,
    external_location,
    file_size,
    pixel_density,
    height,
    width,
    image_style,
    facing,
    angle,
    clipping_path,
    description,
    _load_id,
    _loaded_at,
    _first_loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from catalogue_images
where state_number = 1
