with

accesses as (

    select * from {{ ref('fct_accesses') }}

),

counted as (

    select
        {{ month_start('accessed_at') }} as month,
        person_name,
        access_type,
        outcome_code,
        subject_id,
        count(*) as access_count,
        min(accessed_at) as first_accessed_at,
        max(accessed_at) as last_accessed_at,
        max(evaluated_at) as evaluated_at
    from accesses
    group by {{ month_start('accessed_at') }}, person_name, access_type, outcome_code, subject_id

)

select
    {{ surrogate_key(['month', 'person_name', 'access_type', 'outcome_code', 'subject_id']) }} as access_summary_key,
    month,
    person_name,
    access_type,
    outcome_code,
    subject_id,
    cast(access_count as bigint) as access_count,
    first_accessed_at,
    last_accessed_at,
    evaluated_at
from counted
