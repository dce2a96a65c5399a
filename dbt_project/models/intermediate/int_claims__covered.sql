with

claims as (

    select * from {{ ref('stg_log__batches') }}

),

complete as (

    select
        system_code,
        stream_name,
        window_from,
        window_to
    from claims
    where is_complete and outcome = 'accepted' and window_from is not null

),

reached as (

    select
        *,
        max(window_to) over (
            partition by system_code, stream_name
            order by window_from asc nulls last, window_to asc nulls last
            rows between unbounded preceding and 1 preceding
        ) as reached_before
    from complete

),

islands as (

    select
        *,
        sum(case when window_from <= reached_before then 0 else 1 end) over (
            partition by system_code, stream_name
            order by window_from asc nulls last, window_to asc nulls last
            rows between unbounded preceding and current row
        ) as island_number
    from reached

),

spans as (

    select
        system_code,
        stream_name,
        min(window_from) as span_from,
        max(window_to) as span_to
    from islands
    group by system_code, stream_name, island_number

),

doubts as (

    -- A queue gives a message once: what a batch held back, or lost to quarantine, no later claim can make up for.
    select distinct
        system_code,
        stream_name,
        coalesce(window_from, {{ open_start() }}) as doubt_from,
        window_to as doubt_to
    from claims
    where
        system_code = 'cloudinary'
        and stream_name = 'notifications'
        and (outcome <> 'accepted' or quarantined_count > 0)
        and window_to > coalesce(window_from, {{ open_start() }})

),

starts as (

    select
        system_code,
        stream_name,
        span_from,
        span_to,
        span_from as covered_from
    from spans

    union all

    select
        spans.system_code,
        spans.stream_name,
        spans.span_from,
        spans.span_to,
        doubts.doubt_to as covered_from
    from spans
    inner join doubts
        on
            spans.system_code = doubts.system_code
            and spans.stream_name = doubts.stream_name
            and doubts.doubt_to > spans.span_from
            and doubts.doubt_to < spans.span_to

),

sound_starts as (

    -- A start that lies within another doubt is none.
    select distinct starts.*
    from starts
    left join doubts
        on
            starts.system_code = doubts.system_code
            and starts.stream_name = doubts.stream_name
            and starts.covered_from >= doubts.doubt_from
            and starts.covered_from < doubts.doubt_to
    where doubts.doubt_from is null

),

cut as (

    select
        sound_starts.system_code,
        sound_starts.stream_name,
        sound_starts.covered_from,
        least(sound_starts.span_to, min(doubts.doubt_from)) as covered_to
    from sound_starts
    left join doubts
        on
            sound_starts.system_code = doubts.system_code
            and sound_starts.stream_name = doubts.stream_name
            and doubts.doubt_from >= sound_starts.covered_from
    group by
        sound_starts.system_code, sound_starts.stream_name, sound_starts.covered_from, sound_starts.span_to

)

select
    {{ surrogate_key(['system_code', 'stream_name', 'covered_from']) }} as coverage_key,
    system_code,
    stream_name,
    covered_from,
    covered_to
from cut
