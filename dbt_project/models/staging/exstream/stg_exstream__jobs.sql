with

jobs as (

    select
        *,
        row_number() over (
            partition by domain, job_id
            order by {{ newest_first([instant('end_at_raw')]) }}
        ) as state_number,
        min(_loaded_at) over (partition by domain, job_id) as _first_loaded_at
    from {{ source('exstream', 'jobs') }}

)

select
    {{ surrogate_key(['domain', 'job_id']) }} as job_key,
    domain as domain_code,
    job_id as job_id_exstream,
    external_id,
    aggregated_fmc_snapshot_id,
    triggered_by as triggered_by_id,
    channel as channel_code,
    mode as mode_code,
    status as status_code,
    flow_model_type,
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
from jobs
where state_number = 1
