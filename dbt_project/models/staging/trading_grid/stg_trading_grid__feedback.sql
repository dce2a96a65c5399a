with

feedback as (

    select
        *,
        row_number() over (
            partition by feedback_id
            order by {{ newest_first([instant('updated_at_raw')]) }}
        ) as state_number,
        min(_loaded_at) over (partition by feedback_id) as _first_loaded_at
    from {{ source('trading_grid', 'feedback') }}

)

select
    {{ surrogate_key(['feedback_id']) }} as feedback_key,
    case when community_id is not null then {{ surrogate_key(['community_id']) }} end as community_key,
    {{ surrogate_key(['partner_id']) }} as partner_key,
    case when publication_id is not null then {{ surrogate_key(['publication_id']) }} end as publication_key,
    case when answer_publication_id is not null then {{ surrogate_key(['answer_publication_id']) }} end
        as answer_publication_key,
    feedback_id as feedback_id_trading_grid,
    community_id as community_id_trading_grid,
    partner_id as partner_id_trading_grid,
    publication_id as publication_id_trading_grid,
    asset_id as asset_id_cloudinary,
    answer_publication_id as answer_publication_id_trading_grid,
    category,
    public_id,
    asset_url,
    {{ delivery_url_part('asset_url', 'resource_type') }} as asset_url_resource_type,
    {{ delivery_url_part('asset_url', 'delivery_type') }} as asset_url_delivery_type,
    {{ delivery_url_part('asset_url', 'public_id') }} as asset_url_public_id,
    {{ delivery_url_cloud('asset_url') }} as asset_url_cloud_name,
    rendition as rendition_name,
    device as device_code,
    text as request_text,
    status as status_code,
    answer as answer_text,
    written_times,
    asset_version as version_number,
    cast({{ delivery_url_part('asset_url', 'version_number') }} as bigint) as asset_url_version_number,
    {{ instant('reported_at_raw') }} as reported_at,
    reported_at_raw,
    {{ instant('answered_at_raw') }} as answered_at,
    answered_at_raw,
    {{ instant('reopened_at_raw') }} as reopened_at,
    reopened_at_raw,
    {{ instant('updated_at_raw') }} as updated_at,
    updated_at_raw,
    _load_id,
    _loaded_at,
    _first_loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from feedback
where state_number = 1
