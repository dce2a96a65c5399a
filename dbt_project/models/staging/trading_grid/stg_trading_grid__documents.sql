with

documents as (

    select
        *,
        {{ written_struct(['created_at_raw', 'updated_at_raw']) }} as written,
        row_number() over (
            partition by mailbox, document_id
            order by {{ newest_first([instant('updated_at_raw')]) }}
        ) as state_number,
        min(_loaded_at) over (partition by mailbox, document_id) as _first_loaded_at
    from {{ source('trading_grid', 'documents') }}

)

select
    {{ surrogate_key(['mailbox', 'document_id']) }} as document_key,
    case when publication_id is not null then {{ surrogate_key(['publication_id']) }} end as publication_key,
    case when partner_id is not null then {{ surrogate_key(['partner_id']) }} end as partner_key,
    document_id as document_id_trading_grid,
    publication_id as publication_id_trading_grid,
    partner_id as partner_id_trading_grid,
    mailbox,
    document_type,
    direction,
    status,
    gxs_ref_num,
    service_reference,
    sender_reference,
    application_reference,
    sender_qualifier,
    sender_id,
    receiver_qualifier,
    receiver_id,
    interchange_control_number,
    group_control_number,
    set_control_number,
    written_times,
    {{ instant('created_at_raw') }} as created_at,
    created_at_raw,
    {{ written_columns('written', 'created_at_raw', 'created_at') }},
    {{ instant('updated_at_raw') }} as updated_at,
    updated_at_raw,
    {{ written_columns('written', 'updated_at_raw', 'updated_at') }},
    _load_id,
    _loaded_at,
    _first_loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from documents
where state_number = 1
