with

cases as (

    select
        *,
        {{ written_struct(['opened_at_raw', 'updated_at_raw']) }} as written,
        row_number() over (
            partition by case_id
            order by {{ newest_first([instant('updated_at_raw')]) }}
        ) as state_number,
        min(_loaded_at) over (partition by case_id) as _first_loaded_at
    from {{ source('trading_grid', 'cases') }}

)

select
    {{ surrogate_key(['case_id']) }} as case_key,
    {{ surrogate_key(['community_id']) }} as community_key,
    {{ surrogate_key(['partner_id']) }} as partner_key,
    case_id as case_id_trading_grid,
    community_id as community_id_trading_grid,
    partner_id as partner_id_trading_grid,
    asset_id as asset_id_cloudinary,
    status,
    category,
    subject,
    public_id,
    asset_url,
    {{ delivery_url_part('asset_url', 'resource_type') }} as asset_url_resource_type,
    {{ delivery_url_part('asset_url', 'delivery_type') }} as asset_url_delivery_type,
    {{ delivery_url_part('asset_url', 'public_id') }} as asset_url_public_id,
    {{ delivery_url_cloud('asset_url') }} as asset_url_cloud_name,
    asset_version as version_number,
    cast({{ delivery_url_part('asset_url', 'version_number') }} as bigint) as asset_url_version_number,
    {{ instant('opened_at_raw') }} as opened_at,
    opened_at_raw,
    {{ written_columns('written', 'opened_at_raw', 'opened_at') }},
    {{ instant('updated_at_raw') }} as updated_at,
    updated_at_raw,
    {{ written_columns('written', 'updated_at_raw', 'updated_at') }},
    _load_id,
    _loaded_at,
    _first_loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from cases
where state_number = 1
