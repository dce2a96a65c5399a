with

covered as (

    select * from {{ ref('int_claims__covered') }}

),

claims as (

    select * from {{ ref('stg_log__batches') }}
    where is_complete and outcome = 'accepted' and window_from is not null

),

told as (

    -- A window that only touches a stretch from outside says nothing of it: where one was cut, a doubtful batch lies.
    select
        covered.coverage_key,
        min(claims._log_index) as _first_log_index,
        max(claims._log_index) as _last_log_index
    from covered
    inner join claims
        on
            covered.system_code = claims.system_code
            and covered.stream_name = claims.stream_name
            and covered.covered_from <= claims.window_to
            and covered.covered_to >= claims.window_from
    where
        greatest(covered.covered_from, claims.window_from) < least(covered.covered_to, claims.window_to)
        or claims.window_from = claims.window_to
    group by covered.coverage_key

)

select
    cast(covered.coverage_key as {{ text_type() }}) as coverage_key,
    cast(covered.system_code as {{ text_type() }}) as system_code,
    cast(covered.stream_name as {{ text_type() }}) as stream_name,
    cast(covered.covered_from as {{ instant_type() }}) as covered_from,
    cast(covered.covered_to as {{ instant_type() }}) as covered_to,
    cast(told._first_log_index as bigint) as _first_log_index,
    cast(told._last_log_index as bigint) as _last_log_index
from covered
left join told
    on covered.coverage_key = told.coverage_key
