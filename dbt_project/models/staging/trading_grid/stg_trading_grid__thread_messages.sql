with

thread_messages as (

    select
        *,
        {{ written_struct(['posted_at_raw']) }} as written,
        row_number()
            over (partition by message_id order by _loaded_at asc nulls last, _row_hash asc nulls last)
            as copy_number
    from {{ source('trading_grid', 'thread_messages') }}

)

select
    {{ surrogate_key(['message_id']) }} as case_message_key,
    {{ surrogate_key(['case_id']) }} as case_key,
    message_id as message_id_trading_grid,
    case_id as case_id_trading_grid,
    correlation_id,
    author as author_name,
    author_role,
    body,
    linked_url,
    linked_public_id,
    {{ delivery_url_cloud('linked_url') }} as linked_cloud_name,
    linked_version as linked_version_number,
    {{ instant('posted_at_raw') }} as posted_at,
    posted_at_raw,
    {{ written_columns('written', 'posted_at_raw', 'posted_at') }},
    _load_id,
    _loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from thread_messages
where copy_number = 1
