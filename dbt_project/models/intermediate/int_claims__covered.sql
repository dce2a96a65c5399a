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
            order by window_from asc, window_to asc
            rows between unbounded preceding and 1 preceding
        ) as reached_before
    from complete

),

islands as (

    select
        *,
        sum(case when window_from <= reached_before then 0 else 1 end) over (
            partition by system_code, stream_name
            order by window_from asc, window_to asc
            rows between unbounded preceding and current row
        ) as island_number
    from reached

)

select
    {{ surrogate_key(['system_code', 'stream_name', 'min(window_from)']) }} as coverage_key,
    system_code,
    stream_name,
    min(window_from) as covered_from,
    max(window_to) as covered_to
from islands
group by system_code, stream_name, island_number
