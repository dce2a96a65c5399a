with

format_requests as (

    select
        *,
        row_number() over (
            partition by format_request_id
            order by {{ newest_first([instant('updated_at_raw')]) }}
        ) as state_number,
        min(_loaded_at) over (partition by format_request_id) as _first_loaded_at
    from {{ source('trading_grid', 'format_requests') }}

)

select
    {{ surrogate_key(['format_request_id']) }} as format_request_key,
    case when launch_id is not null then {{ surrogate_key(['launch_id']) }} end as launch_key,
    case when community_id is not null then {{ surrogate_key(['community_id']) }} end as community_key,
    {{ surrogate_key(['partner_id']) }} as partner_key,
    case when publication_id is not null then {{ surrogate_key(['publication_id']) }} end as publication_key,
    case when answer_publication_id is not null then {{ surrogate_key(['answer_publication_id']) }} end
        as answer_publication_key,
    format_request_id as format_request_id_trading_grid,
    launch_id as launch_id_trading_grid,
    community_id as community_id_trading_grid,
    partner_id as partner_id_trading_grid,
    publication_id as publication_id_trading_grid,
    asset_id as asset_id_cloudinary,
    answer_publication_id as answer_publication_id_trading_grid,
    public_id,
    asset_url,
    {{ delivery_url_part('asset_url', 'resource_type') }} as asset_url_resource_type,
    {{ delivery_url_part('asset_url', 'delivery_type') }} as asset_url_delivery_type,
    {{ delivery_url_part('asset_url', 'public_id') }} as asset_url_public_id,
    {{ delivery_url_cloud('asset_url') }} as asset_url_cloud_name,
    requested_format as requested_format_code,
    text as request_text,
    status as status_code,
    written_times,
    asset_version as version_number,
    cast({{ delivery_url_part('asset_url', 'version_number') }} as bigint) as asset_url_version_number,
    {{ instant('requested_at_raw') }} as requested_at,
    requested_at_raw,
    {{ due_instant('due_at_raw') }} as due_at,
    due_at_raw,
    {{ instant('answered_at_raw') }} as answered_at,
    answered_at_raw,
    {{ instant('updated_at_raw') }} as updated_at,
    updated_at_raw,
    _load_id,
    _loaded_at,
    _first_loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from format_requests
where state_number = 1
