with

distributions as (

    select
        *,
        row_number()
            over (partition by distribution_id order by _loaded_at asc nulls last, _row_hash asc nulls last)
            as copy_number
    from {{ source('trading_grid', 'distributions') }}

)

select
    {{ surrogate_key(['distribution_id']) }} as distribution_key,
    {{ surrogate_key(['partner_id']) }} as partner_key,
    case when community_id is not null then {{ surrogate_key(['community_id']) }} end as community_key,
    case when publication_id is not null then {{ surrogate_key(['publication_id']) }} end as publication_key,
    case
        when mailbox is not null and document_id is not null
            then {{ surrogate_key(['mailbox', 'document_id']) }}
    end as document_key,
    distribution_id as distribution_id_trading_grid,
    partner_id as partner_id_trading_grid,
    community_id as community_id_trading_grid,
    publication_id as publication_id_trading_grid,
    asset_id as asset_id_cloudinary,
    document_id as document_id_trading_grid,
    correlation_id,
    gtin,
    public_id,
    asset_url,
    {{ delivery_url_part('asset_url', 'resource_type') }} as asset_url_resource_type,
    {{ delivery_url_part('asset_url', 'delivery_type') }} as asset_url_delivery_type,
    {{ delivery_url_part('asset_url', 'public_id') }} as asset_url_public_id,
    {{ delivery_url_cloud('asset_url') }} as asset_url_cloud_name,
    lower(nullif(etag, '')) as etag,
    file_name,
    lower(nullif(content_sha256, '')) as content_hash,
    mailbox,
    written_times,
    asset_version as version_number,
    cast({{ delivery_url_part('asset_url', 'version_number') }} as bigint) as asset_url_version_number,
    {{ instant('at_raw') }} as occurred_at,
    at_raw as occurred_at_raw,
    _load_id,
    _loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from distributions
where copy_number = 1
