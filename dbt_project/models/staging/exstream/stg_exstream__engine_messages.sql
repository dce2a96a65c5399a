with

engine_messages as (

    select
        *,
        row_number() over (
            partition by source_file_sha256, line_number
            order by _loaded_at asc nulls last, _row_hash asc nulls last
        ) as copy_number
    from {{ source('exstream', 'engine_messages') }}

)

select
    {{ surrogate_key(['source_file_sha256', 'line_number']) }} as engine_message_key,
    source_file_sha256 as source_file_hash,
    flow_step_id as flow_step_id_exstream,
    message_id,
    message_number as message_code,
    severity as severity_code,
    text as message,
    line_number,
    sequence as sequence_number,
    {{ instant('issued_at_raw') }} as issued_at,
    issued_at_raw,
    written_times,
    _load_id,
    _loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from engine_messages
where copy_number = 1
