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
    cast(
        case
            when is_complete and outcome = 'accepted' then 'complete'
            when how = 'unknown' and outcome = 'accepted' then 'unknown'
            else 'incomplete'
        end as {{ text_type() }}
    ) as state,
    cast(
        case
            when outcome = 'held'
                then
                    'the batch is held at the landing gate and waits for a decision: `assettrail batches list --held`'
            when outcome = 'rejected' then 'the batch was rejected'
            when is_complete then how
            else detail
        end as {{ text_type() }}
    ) as reason,
    cast(logged_at as {{ instant_type() }}) as logged_at,
    cast(_log_index as bigint) as _log_index
from claims
