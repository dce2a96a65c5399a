with

rendition_requests as (

    select * from {{ ref('fct_rendition_requests') }}

)

select
    {{ surrogate_key([month_start('generated_at'), 'asked_channel_code', 'preference_code']) }}
        as rendition_request_group_key,
    asked_channel_code,
    preference_code,
    {{ month_start('generated_at') }} as month_date,
    count(*) as request_count,
    count(case when answer_reason in ('rendition_returned', 'answered_without_rendition') then 1 end) as answered_count,
    count(case when answer_reason = 'rendition_returned' then 1 end) as returned_count,
    count(case when answer_reason = 'answered_without_rendition' and outcome_code = 'not_found' then 1 end)
        as missed_count,
    count(case when answer_reason = 'rendition_returned' and outcome_code = 'fallback' then 1 end) as fallback_count,
    count(case when fit_reason in ('format_not_allowed', 'too_wide', 'too_narrow', 'too_heavy') then 1 end)
        as unfitting_count,
    count(case when usage_reason = 'another_rendition_used' then 1 end) as unused_count,
    cast(floor(avg(latency_ms)) as bigint) as average_latency_ms,
    max(latency_ms) as max_latency_ms
from rendition_requests
group by {{ month_start('generated_at') }}, asked_channel_code, preference_code
