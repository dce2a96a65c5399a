with

renderings as (

    select * from {{ ref('stg_exstream__renderings_referring') }}
    where has_retrieval

),

returned as (

    select * from {{ exploded('renderings', 'returned_assets_list', 'returned_asset') }}

)

select
    {{ surrogate_key(['rendering_key', 'ordinal']) }} as retrieved_asset_key,
    {{ surrogate_key(["'retrieval'", 'rendering_key']) }} as retrieval_key,
    rendering_key,
    communication_key,
    nullif(returned_asset.asset_id, '') as asset_id_cloudinary,
    nullif(returned_asset.public_id, '') as public_id,
    lower(nullif(returned_asset.etag, '')) as etag,
    channel_code,
    asked_segment_code,
    asked_jurisdiction_code,
    ordinal,
    returned_asset.version as version_number,
    has_conflicts,
    _loaded_at,
    _log_index
from returned
