with

claims as (

    select * from {{ ref('stg_log__batches') }}

),

evaluation_streams as (

    select * from {{ ref('evaluation_streams') }}

),

stream_ends as (

    select
        system_code,
        stream_name,
        max(window_to) as claimed_until
    from claims
    where is_complete and outcome = 'accepted'
    group by system_code, stream_name

)

select
    evaluation_streams.subject_type,
    count(*) as stream_count,
    count(stream_ends.claimed_until) as claimed_stream_count,
    case when count(*) = count(stream_ends.claimed_until) then min(stream_ends.claimed_until) end as evaluated_at
from evaluation_streams
left join stream_ends
    on
        evaluation_streams.system_code = stream_ends.system_code
        and evaluation_streams.stream_name = stream_ends.stream_name
group by evaluation_streams.subject_type
