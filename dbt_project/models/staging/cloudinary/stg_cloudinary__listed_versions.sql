with

resources as (

    select
        *,
        row_number() over (
            partition by asset_id, version
            order by _loaded_at asc nulls last, _log_index asc nulls last, _row_hash asc nulls last
        ) as state_number
    from {{ source('cloudinary', 'resources') }}

)

select
    {{ surrogate_key(['asset_id', 'version']) }} as listed_version_key,
    asset_id as asset_id_cloudinary,
    public_id,
    resource_type,
    type as delivery_type,
    format as format_code,
    version as version_number,
    bytes as size_bytes,
    width as width_px,
    height as height_px,
    coalesce(is_placeholder, false) as is_placeholder,
    _load_id,
    _loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from resources
where state_number = 1
