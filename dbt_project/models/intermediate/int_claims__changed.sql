with

changed_batches as (

    select * from {{ changed_batches() }} as changed

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
