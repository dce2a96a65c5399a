with

searches as (

    select
        *,
        row_number()
            over (partition by search_id order by _loaded_at asc nulls last, _row_hash asc nulls last)
            as copy_number
    from {{ source('trading_grid', 'searches') }}

)

select
    {{ surrogate_key(['search_id']) }} as search_key,
    {{ surrogate_key(['partner_id']) }} as partner_key,
    case when community_id is not null then {{ surrogate_key(['community_id']) }} end as community_key,
    search_id as search_id_trading_grid,
    partner_id as partner_id_trading_grid,
    user_id as user_id_trading_grid,
    community_id as community_id_trading_grid,
    terms as search_terms,
    product_line as product_line_code,
    campaign as campaign_code,
    market as market_code,
    written_times,
    result_count,
    {{ instant('at_raw') }} as occurred_at,
    at_raw as occurred_at_raw,
    _load_id,
    _loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from searches
where copy_number = 1
