with

resources as (

    select
        *,
        row_number() over (partition by asset_id order by {{ newest_first(['version']) }}) as state_number,
        min(_loaded_at) over (partition by asset_id) as _first_loaded_at
    from {{ source('cloudinary', 'resources') }}

),

parsed as (

    select
        *,
        {{ metadata_struct('metadata') }} as fields
    from resources
    where state_number = 1

)

select
    asset_id as asset_id_cloudinary,
    public_id,
    resource_type,
    type as delivery_type,
    format as format_code,
    asset_folder,
    display_name,
    moderation_status,
    secure_url,
    tags as tags_json,
    context as context_json,
    version as version_number,
    bytes as size_bytes,
    width as width_px,
    height as height_px,
    coalesce(is_placeholder, false) as is_placeholder,
    {{ metadata_columns('fields') }},
    {{ instant('created_at_raw') }} as created_at,
    created_at_raw,
    _load_id,
    _loaded_at,
    _first_loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from parsed
