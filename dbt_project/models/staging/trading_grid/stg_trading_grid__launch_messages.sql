with

launch_messages as (

    select
        *,
        row_number()
            over (partition by message_id order by _loaded_at asc nulls last, _row_hash asc nulls last)
            as copy_number
    from {{ source('trading_grid', 'launch_messages') }}

)

select
    {{ surrogate_key(['message_id']) }} as launch_message_key,
    {{ surrogate_key(['launch_id']) }} as launch_key,
    message_id as message_id_trading_grid,
    launch_id as launch_id_trading_grid,
    correlation_id,
    author as author_name,
    author_role,
    body,
    written_times,
    {{ instant('posted_at_raw') }} as posted_at,
    posted_at_raw,
    _load_id,
    _loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from launch_messages
where copy_number = 1
