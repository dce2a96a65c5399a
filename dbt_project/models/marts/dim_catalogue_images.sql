with

catalogue_images as (

    select * from {{ ref('stg_trading_grid__catalogue_images') }}

)

select
    cast(catalogue_image_key as {{ text_type() }}) as catalogue_image_key,
    cast(item_kind as {{ text_type() }}) as item_type,
    cast(item_reference as {{ text_type() }}) as item_reference,
    cast(gtin as {{ text_type() }}) as gtin,
    cast({{ gtin14('gtin') }} as {{ text_type() }}) as gtin14,
    cast(product as {{ text_type() }}) as product_id_trading_grid,
    cast(color_code as {{ text_type() }}) as color_code,
    cast(selection_code as {{ text_type() }}) as selection_code,
    cast(file_name as {{ text_type() }}) as file_name,
    cast(action as {{ text_type() }}) as action_code,
    cast(file_type as {{ text_type() }}) as file_type_code,
    cast(image_type as {{ text_type() }}) as image_type_code,
    cast(purpose as {{ text_type() }}) as purpose_code,
    cast(orientation as {{ text_type() }}) as orientation_code,
    cast(location_type as {{ text_type() }}) as location_type_code,
    cast(external_location as {{ text_type() }}) as external_location,
    cast(file_size as {{ text_type() }}) as file_size_written,
    cast(pixel_density as {{ text_type() }}) as pixel_density_written,
    cast(height as {{ text_type() }}) as height_written,
    cast(width as {{ text_type() }}) as width_written,
    cast(image_style as {{ text_type() }}) as image_style,
    cast(facing as {{ text_type() }}) as facing_code,
    cast(angle as {{ text_type() }}) as angle_code,
    cast(clipping_path as {{ text_type() }}) as clipping_path,
    cast(description as {{ text_type() }}) as image_description,
    cast(action <> 'delete' as boolean) as is_shown,
    cast(_log_index as bigint) as _log_index
from catalogue_images
