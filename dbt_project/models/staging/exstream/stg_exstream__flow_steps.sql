with

flow_steps as (

    select
        *,
        row_number() over (
            partition by domain, flow_step_id
            order by {{ newest_first([instant('end_at_raw')]) }}
        ) as state_number,
        min(_loaded_at) over (partition by domain, flow_step_id) as _first_loaded_at
    from {{ source('exstream', 'flow_steps') }}

)

select
    {{ surrogate_key(['domain', 'flow_step_id']) }} as flow_step_key,
    domain as domain_code,
    flow_step_id as flow_step_id_exstream,
    flow_instance_id as flow_instance_id_exstream,
    step_name,
    display_name,
    status as status_code,
    step_type,
    coalesce(is_delivery_file_retrievable, false) as has_delivery_file,
    coalesce(is_message_file_retrievable, false) as has_message_file,
    {{ instant('start_at_raw') }} as started_at,
    start_at_raw as started_at_raw,
    {{ instant('execute_at_raw') }} as executed_at,
    execute_at_raw as executed_at_raw,
    {{ instant('end_at_raw') }} as ended_at,
    end_at_raw as ended_at_raw,
    written_times,
    _load_id,
    _loaded_at,
    _first_loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from flow_steps
where state_number = 1
