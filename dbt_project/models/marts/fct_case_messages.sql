with

messages as (

    select * from {{ ref('stg_trading_grid__thread_messages') }}

)

select
    cast(case_message_key as varchar) as case_message_key,
    cast(case_key as varchar) as case_key,
    cast(message_id_trading_grid as varchar) as message_id_trading_grid,
    cast(author_name as varchar) as author_name,
    cast(author_role as varchar) as author_role,
    cast(body as varchar) as body,
    cast(linked_url as varchar) as linked_url,
    cast(linked_public_id as varchar) as linked_public_id,
    cast(linked_version_number as bigint) as linked_version_number,
    cast(correlation_id as varchar) as correlation_id,
    cast(posted_at as timestamptz) as posted_at,
    cast(_log_index as bigint) as _log_index
from messages
