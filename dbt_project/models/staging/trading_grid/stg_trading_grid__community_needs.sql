with

community_needs as (

    select
        *,
        row_number() over (
            partition by community_id, asset_reference, region, language, device
            order by {{ newest_first([instant('updated_at_raw')]) }}
        ) as state_number,
        min(_loaded_at) over (partition by community_id, asset_reference, region, language, device) as _first_loaded_at
    from {{ source('trading_grid', 'community_needs') }}

)

select
    {{ surrogate_key(['community_id', 'asset_reference', 'region', 'language', 'device']) }} as community_need_key,
    {{ surrogate_key(['community_id']) }} as community_key,
    community_id as community_id_trading_grid,
    asset_reference,
    asset_id as asset_id_cloudinary,
    region as region_code,
    language as language_code,
    device as device_code,
    public_id,
    status as status_code,
    written_times,
    {{ instant('updated_at_raw') }} as updated_at,
    updated_at_raw,
    _load_id,
    _loaded_at,
    _first_loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from community_needs
where state_number = 1
