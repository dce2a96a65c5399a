with

built_batches as (

    select * from {{ source('log', 'built_batches') }}

)

select
    {{ surrogate_key(['log_index']) }} as claim_key,
    load_id,
    system as system_code,
    stream as stream_name,
    outcome,
    log_index as _log_index
from built_batches
