with

asset_contents as (

    select
        *,
        row_number() over (partition by asset_id, version, etag order by {{ newest_first([]) }}) as state_number,
        min(_loaded_at) over (partition by asset_id, version, etag) as _first_loaded_at
    from {{ source('cloudinary', 'asset_contents') }}

)

select
    {{ surrogate_key(['asset_id', 'version', 'etag']) }} as asset_content_key,
    asset_id as asset_id_cloudinary,
    lower(etag) as etag,
    way as fetch_way,
    outcome,
    seen_md5,
    seen_sha256 as seen_content_hash,
    format as format_code,
    preview_sha256 as preview_hash,
    reason,
    version as version_number,
    seen_bytes as size_bytes,
    width as width_px,
    height as height_px,
    is_etag_matched,
    is_decodable,
    is_original_kept,
    _load_id,
    _loaded_at,
    _first_loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from asset_contents
where state_number = 1
