with

members as (

    select
        *,
        {{ written_struct(['updated_at_raw']) }} as written,
        row_number() over (
            partition by community_id, partner_id
            order by {{ newest_first([instant('updated_at_raw')]) }}
        ) as state_number,
        min(_loaded_at) over (partition by community_id, partner_id) as _first_loaded_at
    from {{ source('trading_grid', 'members') }}

)

select
    {{ surrogate_key(['community_id', 'partner_id']) }} as community_partner_key,
    {{ surrogate_key(['community_id']) }} as community_key,
    {{ surrogate_key(['partner_id']) }} as partner_key,
    community_id as community_id_trading_grid,
    partner_id as partner_id_trading_grid,
    status as status_code,
    {{ instant('updated_at_raw') }} as updated_at,
    updated_at_raw,
    {{ written_columns('written', 'updated_at_raw', 'updated_at') }},
    _load_id,
    _loaded_at,
    _first_loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from members
where state_number = 1
