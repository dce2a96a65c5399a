with

messages as (

    select * from {{ ref('stg_trading_grid__thread_messages') }}

)

select
    cast(case_message_key as {{ text_type() }}) as case_message_key,
    cast(case_key as {{ text_type() }}) as case_key,
    cast(message_id_trading_grid as {{ text_type() }}) as message_id_trading_grid,
    cast(author_name as {{ text_type() }}) as author_name,
    cast(author_role as {{ text_type() }}) as author_role,
    cast(body as {{ text_type() }}) as body,
    cast(linked_url as {{ text_type() }}) as linked_url,
    cast(linked_public_id as {{ text_type() }}) as linked_public_id,
    cast(linked_version_number as bigint) as linked_version_number,
    cast(correlation_id as {{ text_type() }}) as correlation_id,
    cast(posted_at as {{ instant_type() }}) as posted_at,
    cast(posted_at_written as {{ text_type() }}) as posted_at_written,
    cast(posted_at_zone as {{ text_type() }}) as posted_at_zone,
    cast(_log_index as bigint) as _log_index
from messages
