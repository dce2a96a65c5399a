with

communities as (

    select
        *,
        {{ written_struct(['updated_at_raw']) }} as written,
        row_number() over (
            partition by community_id
            order by {{ newest_first([instant('updated_at_raw')]) }}
        ) as state_number,
        min(_loaded_at) over (partition by community_id) as _first_loaded_at
    from {{ source('trading_grid', 'communities') }}

)

select
    {{ surrogate_key(['community_id']) }} as community_key,
    community_id as community_id_trading_grid,
    name as community_name,
    region as region_code,
    language as language_code,
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
from communities
where state_number = 1
