with

flow_instances as (

    select
        *,
        row_number() over (
            partition by domain, flow_instance_id
            order by {{ newest_first([instant('end_at_raw')]) }}
        ) as state_number,
        min(_loaded_at) over (partition by domain, flow_instance_id) as _first_loaded_at
    from {{ source('exstream', 'flow_instances') }}

)

select
    {{ surrogate_key(['domain', 'flow_instance_id']) }} as flow_instance_key,
    domain as domain_code,
    flow_instance_id as flow_instance_id_exstream,
    job_id as job_id_exstream,
    flow_model_id as flow_model_id_exstream,
    flow_model_snapshot_id,
    external_id,
    status as status_code,
    message,
    {{ instant('start_at_raw') }} as started_at,
    start_at_raw as started_at_raw,
    {{ instant('end_at_raw') }} as ended_at,
    end_at_raw as ended_at_raw,
    written_times,
    _load_id,
    _loaded_at,
    _first_loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from flow_instances
where state_number = 1
