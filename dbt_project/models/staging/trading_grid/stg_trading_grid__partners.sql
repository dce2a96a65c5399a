with

partners as (

    select
        *,
        {{ written_struct(['updated_at_raw']) }} as written,
        row_number() over (
            partition by partner_id
            order by {{ newest_first([instant('updated_at_raw')]) }}
        ) as state_number,
        min(_loaded_at) over (partition by partner_id) as _first_loaded_at
    from {{ source('trading_grid', 'partners') }}

)

select
    {{ surrogate_key(['partner_id']) }} as partner_key,
    partner_id as partner_id_trading_grid,
    name as partner_name,
    gln,
    duns,
    edi_qualifier as edi_qualifier_code,
    edi_id,
    mailbox,
    partner_van,
    partnership_status as status_code,
    {{ instant('updated_at_raw') }} as updated_at,
    updated_at_raw,
    {{ written_columns('written', 'updated_at_raw', 'updated_at') }},
    _load_id,
    _loaded_at,
    _first_loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from partners
where state_number = 1
