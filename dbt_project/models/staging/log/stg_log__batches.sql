with

batches as (

    select * from {{ source('log', 'batches') }}

)

select
    {{ surrogate_key(['log_index']) }} as claim_key,
    load_id,
    system as system_code,
    stream as stream_name,
    outcome,
    how,
    detail,
    rows as row_count,
    quarantined as quarantined_count,
    is_complete,
    window_from,
    window_to,
    logged_at,
    log_index as _log_index
from batches
