with

launches as (

    select
        *,
        row_number() over (
            partition by launch_id
            order by {{ newest_first([instant('updated_at_raw')]) }}
        ) as state_number,
        min(_loaded_at) over (partition by launch_id) as _first_loaded_at
    from {{ source('trading_grid', 'launches') }}

)

select
    {{ surrogate_key(['launch_id']) }} as launch_key,
    launch_id as launch_id_trading_grid,
    name as launch_name,
    {{ json_text_list('community_ids') }} as community_ids_list,
    product_line as product_line_code,
    campaign as campaign_code,
    status as status_code,
    written_times,
    {{ instant('launch_at_raw') }} as launch_at,
    launch_at_raw,
    {{ due_instant('readiness_due_at_raw') }} as readiness_due_at,
    readiness_due_at_raw,
    {{ instant('updated_at_raw') }} as updated_at,
    updated_at_raw,
    _load_id,
    _loaded_at,
    _first_loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from launches
where state_number = 1
