with

tasks as (

    select
        *,
        row_number() over (
            partition by task_id
            order by {{ newest_first([instant('updated_at_raw')]) }}
        ) as state_number,
        min(_loaded_at) over (partition by task_id) as _first_loaded_at
    from {{ source('trading_grid', 'tasks') }}

)

select
    {{ surrogate_key(['task_id']) }} as task_key,
    case when launch_id is not null then {{ surrogate_key(['launch_id']) }} end as launch_key,
    case when community_id is not null then {{ surrogate_key(['community_id']) }} end as community_key,
    case when partner_id is not null then {{ surrogate_key(['partner_id']) }} end as partner_key,
    task_id as task_id_trading_grid,
    launch_id as launch_id_trading_grid,
    community_id as community_id_trading_grid,
    partner_id as partner_id_trading_grid,
    kind as task_type,
    text as request_text,
    status as status_code,
    written_times,
    {{ instant('created_at_raw') }} as created_at,
    created_at_raw,
    {{ due_instant('due_at_raw') }} as due_at,
    due_at_raw,
    {{ instant('done_at_raw') }} as done_at,
    done_at_raw,
    {{ instant('updated_at_raw') }} as updated_at,
    updated_at_raw,
    _load_id,
    _loaded_at,
    _first_loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from tasks
where state_number = 1
