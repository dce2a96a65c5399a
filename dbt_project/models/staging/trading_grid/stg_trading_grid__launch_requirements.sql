with

launch_requirements as (

    select
        *,
        row_number() over (
            partition by launch_id, ordinal
            order by {{ newest_first([instant('updated_at_raw')]) }}
        ) as state_number,
        min(_loaded_at) over (partition by launch_id, ordinal) as _first_loaded_at
    from {{ source('trading_grid', 'launch_requirements') }}

)

select
    {{ surrogate_key(['launch_id', 'ordinal']) }} as launch_requirement_key,
    {{ surrogate_key(['launch_id']) }} as launch_key,
    case when community_id is not null then {{ surrogate_key(['community_id']) }} end as community_key,
    launch_id as launch_id_trading_grid,
    community_id as community_id_trading_grid,
    asset_id as asset_id_cloudinary,
    public_id,
    asset_url,
    {{ delivery_url_part('asset_url', 'resource_type') }} as asset_url_resource_type,
    {{ delivery_url_part('asset_url', 'delivery_type') }} as asset_url_delivery_type,
    {{ delivery_url_part('asset_url', 'public_id') }} as asset_url_public_id,
    {{ delivery_url_cloud('asset_url') }} as asset_url_cloud_name,
    description as request_text,
    market as market_code,
    language as language_code,
    format as format_code,
    status as status_code,
    written_times,
    asset_version as version_number,
    ordinal,
    cast({{ delivery_url_part('asset_url', 'version_number') }} as bigint) as asset_url_version_number,
    {{ due_instant('due_at_raw') }} as due_at,
    due_at_raw,
    {{ instant('updated_at_raw') }} as updated_at,
    updated_at_raw,
    _load_id,
    _loaded_at,
    _first_loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from launch_requirements
where state_number = 1
