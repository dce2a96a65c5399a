with

asset_details as (

    select
        asset_id,
        version,
        _load_id,
        _loaded_at,
        _source_uri,
        _row_hash,
        _log_index,
        row_number() over (partition by asset_id order by {{ newest_first(['version', '_loaded_at']) }})
        = 1 as is_newest,
        {{ each_json_object('derived', {
            'id': 'VARCHAR', 'transformation': 'VARCHAR', 'format': 'VARCHAR', 'bytes': 'VARCHAR', 'secure_url': 'VARCHAR'
        }) }} as rendition
    from {{ source('cloudinary', 'asset_details') }}

),

numbered as (

    select
        *,
        row_number() over (
            partition by asset_id, rendition.id order by {{ newest_first(['version', '_loaded_at']) }}
        ) as state_number,
        min(_loaded_at) over (partition by asset_id, rendition.id) as _first_loaded_at
    from asset_details

)

select
    {{ surrogate_key(['asset_id', 'rendition.id']) }} as rendition_key,
    asset_id as asset_id_cloudinary,
    rendition.id as rendition_id_cloudinary,
    rendition.transformation as transformation,
    rendition.format as format_code,
    rendition.secure_url as secure_url,
    version as version_number,
    {{ whole_number('rendition.bytes') }} as size_bytes,
    is_newest as is_listed,
    _load_id,
    _loaded_at,
    _first_loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from numbered
where state_number = 1
