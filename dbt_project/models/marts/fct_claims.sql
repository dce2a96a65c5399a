with

claims as (

    select * from {{ ref('stg_log__batches') }}

)

select
    cast(claim_key as varchar) as claim_key,
    cast(system_code as varchar) as system_code,
    cast(stream_name as varchar) as stream_name,
    cast(window_from as timestamptz) as window_from,
    cast(window_to as timestamptz) as window_to,
    cast(is_complete as boolean) as is_complete,
    cast(how as varchar) as how,
    cast(detail as varchar) as detail,
    cast(row_count as bigint) as row_count,
    cast(quarantined_count as bigint) as quarantined_count,
    cast(outcome as varchar) as outcome,
    cast(logged_at as timestamptz) as logged_at,
    cast(_log_index as bigint) as _log_index
from claims
