with

accesses as (

    select
        *,
        {{ written_struct(['at_raw']) }} as written,
        row_number()
            over (partition by access_id order by _loaded_at asc nulls last, _row_hash asc nulls last)
            as copy_number
    from {{ source('trading_grid', 'accesses') }}

)

select
    access_id as access_id_trading_grid,
    {{ surrogate_key(['publication_id']) }} as publication_key,
    {{ surrogate_key(['partner_id']) }} as partner_key,
    publication_id as publication_id_trading_grid,
    partner_id as partner_id_trading_grid,
    user_id as user_id_trading_grid,
    kind,
    {{ instant('at_raw') }} as occurred_at,
    at_raw as occurred_at_raw,
    {{ written_columns('written', 'at_raw', 'occurred_at') }},
    _load_id,
    _loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from accesses
where copy_number = 1
