with

claims as (

    select * from {{ ref('stg_log__batches') }}

)

select
    cast(claim_key as {{ text_type() }}) as claim_key,
    cast(system_code as {{ text_type() }}) as system_code,
    cast(stream_name as {{ text_type() }}) as stream_name,
    cast(window_from as {{ instant_type() }}) as window_from,
    cast(window_to as {{ instant_type() }}) as window_to,
    cast(is_complete as boolean) as is_complete,
    cast(how as {{ text_type() }}) as how,
    cast(detail as {{ text_type() }}) as detail,
    cast(row_count as bigint) as row_count,
    cast(quarantined_count as bigint) as quarantined_count,
    cast(outcome as {{ text_type() }}) as outcome,
    cast(logged_at as {{ instant_type() }}) as logged_at,
    cast(_log_index as bigint) as _log_index
from claims
