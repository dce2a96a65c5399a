with

claims as (

    select * from {{ ref('stg_log__batches') }}

),

coverage as (

    select * from {{ ref('int_claims__covered') }}

),

evaluation_streams as (

    select * from {{ ref('evaluation_streams') }}

),

covered_ends as (

    select
        system_code,
        stream_name,
        max(covered_to) as covered_until
    from coverage
    group by system_code, stream_name

),

stream_ends as (

    -- What was held back or rejected of the notifications has been cut out of their coverage.
    select
        claims.system_code,
        claims.stream_name,
        case
            when claims.system_code = 'cloudinary' and claims.stream_name = 'notifications'
                then max(covered_ends.covered_until)
            else max(claims.window_to)
        end as claimed_until
    from claims
    left join covered_ends
        on
            claims.system_code = covered_ends.system_code
            and claims.stream_name = covered_ends.stream_name
    where claims.is_complete and claims.outcome = 'accepted'
    group by claims.system_code, claims.stream_name

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
