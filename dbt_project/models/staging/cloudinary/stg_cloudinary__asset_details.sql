with

asset_details as (

    select
        *,
        row_number() over (partition by asset_id order by {{ newest_first(['version']) }}) as state_number,
        min(_loaded_at) over (partition by asset_id) as _first_loaded_at
    from {{ source('cloudinary', 'asset_details') }}

)

select
    asset_id as asset_id_cloudinary,
    public_id,
    resource_type,
    type as delivery_type,
    lower(nullif(etag, '')) as etag,
    format as format_code,
    asset_folder,
    display_name,
    original_filename,
    access_mode,
    moderation_status,
    quality_override,
    access_control as access_control_json,
    moderation as moderation_json,
    last_updated as last_updated_json,
    quality_analysis as quality_analysis_json,
    quality_score as quality_score_json,
    accessibility_analysis as accessibility_analysis_json,
    derived as derived_json,
    backup_versions as backup_versions_json,
    version as version_number,
    bytes as size_bytes,
    width as width_px,
    height as height_px,
    pages as page_count,
    is_placeholder,
    {{ instant('created_at_raw') }} as created_at,
    created_at_raw,
    _load_id,
    _loaded_at,
    _first_loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from asset_details
where state_number = 1
