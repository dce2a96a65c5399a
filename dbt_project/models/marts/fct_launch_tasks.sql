with

tasks as (

    select * from {{ ref('stg_trading_grid__tasks') }}

)

select
    cast(task_key as {{ text_type() }}) as task_key,
    cast(launch_key as {{ text_type() }}) as launch_key,
    cast(community_key as {{ text_type() }}) as community_key,
    cast(partner_key as {{ text_type() }}) as partner_key,
    cast(task_id_trading_grid as {{ text_type() }}) as task_id_trading_grid,
    cast(task_type as {{ text_type() }}) as task_type,
    cast(request_text as {{ text_type() }}) as request_text,
    cast(status_code as {{ text_type() }}) as status_code,
    cast(coalesce(status_code = 'open', true) as boolean) as is_open,
    cast(created_at as {{ instant_type() }}) as created_at,
    cast(due_at as {{ instant_type() }}) as due_at,
    cast(done_at as {{ instant_type() }}) as done_at,
    cast(_log_index as bigint) as _log_index
from tasks
