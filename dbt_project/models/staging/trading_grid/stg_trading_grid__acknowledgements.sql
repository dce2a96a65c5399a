with

acknowledgements as (

    select
        *,
        {{ written_struct(['at_raw']) }} as written,
        row_number()
            over (partition by acknowledgement_id order by _loaded_at asc nulls last, _row_hash asc nulls last)
            as copy_number
    from {{ source('trading_grid', 'acknowledgements') }}

)

select
    acknowledgement_id as acknowledgement_id_trading_grid,
    case when publication_id is not null then {{ surrogate_key(['publication_id']) }} end as publication_key,
    case when distribution_id is not null then {{ surrogate_key(['distribution_id']) }} end as distribution_key,
    case when launch_id is not null then {{ surrogate_key(['launch_id']) }} end as launch_key,
    {{ surrogate_key(['partner_id']) }} as partner_key,
    publication_id as publication_id_trading_grid,
    distribution_id as distribution_id_trading_grid,
    launch_id as launch_id_trading_grid,
    partner_id as partner_id_trading_grid,
    kind as acknowledgement_type,
    code,
    lower(nullif(content_sha256, '')) as content_sha256,
    {{ instant('at_raw') }} as occurred_at,
    at_raw as occurred_at_raw,
    {{ written_columns('written', 'at_raw', 'occurred_at') }},
    _load_id,
    _loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from acknowledgements
where copy_number = 1
