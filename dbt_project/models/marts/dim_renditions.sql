with

renditions as (

    select * from {{ ref('stg_cloudinary__renditions') }}

),

transformations as (

    select * from {{ ref('stg_cloudinary__transformations') }}
    where is_named

)

select
    cast(renditions.rendition_key as {{ text_type() }}) as rendition_key,
    {{ surrogate_key(['renditions.asset_id_cloudinary']) }} as asset_key,
    cast(renditions.asset_id_cloudinary as {{ text_type() }}) as asset_id_cloudinary,
    cast(renditions.rendition_id_cloudinary as {{ text_type() }}) as rendition_id_cloudinary,
    cast('cloudinary' as {{ text_type() }}) as source_system,
    cast(renditions.transformation as {{ text_type() }}) as transformation,
    cast(transformations.definition_json as {{ text_type() }}) as transformation_definition,
    cast(renditions.format_code as {{ text_type() }}) as format_code,
    cast(renditions.size_bytes as bigint) as size_bytes,
    cast(renditions.secure_url as {{ text_type() }}) as secure_url,
    cast(renditions.version_number as bigint) as version_number,
    cast(renditions.is_listed as boolean) as is_listed,
    cast(renditions._first_loaded_at as {{ instant_type() }}) as first_seen_at,
    cast(renditions._log_index as bigint) as _log_index
from renditions
left join transformations
    on renditions.transformation = transformations.transformation_name
