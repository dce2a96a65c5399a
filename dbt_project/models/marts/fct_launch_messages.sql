with

messages as (

    select * from {{ ref('stg_trading_grid__launch_messages') }}

)

select
    cast(launch_message_key as {{ text_type() }}) as launch_message_key,
    cast(launch_key as {{ text_type() }}) as launch_key,
    cast(message_id_trading_grid as {{ text_type() }}) as message_id_trading_grid,
    cast(correlation_id as {{ text_type() }}) as correlation_id,
    cast(author_name as {{ text_type() }}) as author_name,
    cast(author_role as {{ text_type() }}) as author_role,
    cast(body as {{ text_type() }}) as body,
    cast(posted_at as {{ instant_type() }}) as posted_at,
    cast(_log_index as bigint) as _log_index
from messages
