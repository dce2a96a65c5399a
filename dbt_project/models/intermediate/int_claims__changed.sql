with

batches as (

    select * from {{ ref('stg_log__batches') }}

),

built_batches as (

    select * from {{ ref('stg_log__built_batches') }}

),

changed_batches as (

    -- New, or decided since. What was accepted stays so, or everything is made anew.
    select batches.*
    from batches
    left join built_batches
        on batches._log_index = built_batches._log_index
    where built_batches._log_index is null or built_batches.outcome <> batches.outcome

)

-- A claim, or a doubt about one, may decide of everything behind its begin.
select
    {{ surrogate_key(['system_code', 'stream_name']) }} as changed_claim_key,
    system_code,
    stream_name,
    min(coalesce(window_from, {{ open_start() }})) as changed_from
from changed_batches
where is_complete or outcome <> 'accepted' or quarantined_count > 0
group by system_code, stream_name
