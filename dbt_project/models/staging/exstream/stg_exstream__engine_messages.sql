-- Rows of older releases name no flow instance: they count until the same run is told again by a row that does.
with

numbered as (

    select
        *,
        coalesce(engine_run_id, flow_step_id) as run_id,
        -- What the address of the same run in a folder holds: REST knows the flow instance of it alone.
        case when flow_step_id is null then engine_run_id else flow_instance_id end as id_in_folder,
        row_number() over (
            partition by source_file_sha256, line_number, flow_instance_id, coalesce(engine_run_id, flow_step_id)
            order by _loaded_at asc nulls last, _row_hash asc nulls last
        ) as copy_number
    from {{ source('exstream', 'engine_messages') }}

),

engine_messages as (

    select * from numbered
    where copy_number = 1

),

told_again as (

    select distinct unnamed._row_hash
    from engine_messages as unnamed
    inner join engine_messages as named
        on unnamed.source_file_sha256 = named.source_file_sha256
            and unnamed.line_number = named.line_number
    where
        unnamed.flow_instance_id is null
        and named.flow_instance_id is not null
        and (
            unnamed.flow_step_id = named.flow_step_id
            or (unnamed.flow_step_id is null and {{ holds_text('unnamed._source_uri', 'named.id_in_folder') }})
        )

),

-- A folder and REST name the runs of one flow instance differently: each step stands for one of the folder's runs.
counted as (

    select
        engine_messages.*,
        row_number() over (
            partition by
                engine_messages.source_file_sha256,
                engine_messages.line_number,
                engine_messages.flow_instance_id,
                case when engine_messages.flow_step_id is null then 1 else 0 end
            order by engine_messages.run_id asc nulls last
        ) as run_number,
        count(engine_messages.flow_step_id) over (
            partition by
                engine_messages.source_file_sha256,
                engine_messages.line_number,
                engine_messages.flow_instance_id
        ) as step_count
    from engine_messages
    left join told_again
        on engine_messages._row_hash = told_again._row_hash
    where told_again._row_hash is null

)

select
    {{ surrogate_key(['source_file_sha256', 'line_number', 'flow_instance_id', 'run_id']) }} as engine_message_key,
    source_file_sha256 as source_file_hash,
    flow_instance_id as flow_instance_id_exstream,
    run_id as engine_run_id_exstream,
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
from counted
where flow_step_id is not null or run_number > step_count
