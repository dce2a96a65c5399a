with

publications as (

    select
        *,
        {{ written_struct(['published_at_raw', 'withdrawn_at_raw', 'updated_at_raw']) }} as written,
        row_number() over (
            partition by publication_id
            -- Of two states of one instant the withdrawn one is the later.
            order by
                {{ newest_first([
                    instant('updated_at_raw'), 'case when withdrawn_at_raw is null then 0 else 1 end'
                ]) }}
        ) as state_number,
        min(_loaded_at) over (partition by publication_id) as _first_loaded_at
    from {{ source('trading_grid', 'publications') }}

)

select
    {{ surrogate_key(['publication_id']) }} as publication_key,
    publication_id as publication_id_trading_grid,
    community_id as community_id_trading_grid,
    {{ surrogate_key(['community_id']) }} as community_key,
    asset_id as asset_id_cloudinary,
    replaces_publication_id,
    correlation_id,
    published_by as published_by_id,
    withdrawn_by as withdrawn_by_id,
    public_id,
    lower(nullif(etag, '')) as etag,
    url,
    {{ delivery_url_transformation('url') }} as transformation,
    rendition as rendition_name,
    language as language_code,
    region as region_code,
    device as device_code,
    lower(nullif(content_sha256, '')) as content_hash,
    asset_version as version_number,
    {{ instant('published_at_raw') }} as published_at,
    published_at_raw,
    {{ written_columns('written', 'published_at_raw', 'published_at') }},
    {{ instant('withdrawn_at_raw') }} as withdrawn_at,
    withdrawn_at_raw,
    {{ written_columns('written', 'withdrawn_at_raw', 'withdrawn_at') }},
    {{ instant('updated_at_raw') }} as updated_at,
    updated_at_raw,
    {{ written_columns('written', 'updated_at_raw', 'updated_at') }},
    _load_id,
    _loaded_at,
    _first_loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from publications
where state_number = 1
