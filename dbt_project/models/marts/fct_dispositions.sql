with

dispositions as (

    select
        *,
        lead(disposed_at) over (partition by exception_key order by disposition_id asc nulls last) as replaced_at
    from {{ ref('stg_corrections__dispositions') }}

),

claims as (

    select * from {{ ref('stg_log__batches') }}

),

known as (

    select max(window_to) as known_until
    from claims
    where system_code = 'corrections' and stream_name = 'dispositions' and is_complete and outcome = 'accepted'

),

ended as (

    -- The last day of an acceptance is in it, and a due day is over when the next begins.
    select
        dispositions.*,
        known.known_until,
        {{ day_after('dispositions.accepted_until') }} as runs_out_at,
        {{ day_after('dispositions.due_on') }} as due_over_at
    from dispositions
    cross join known

),

judged as (

    select
        *,
        case
            when replaced_at is not null then 'replaced'
            when runs_out_at is not null and runs_out_at <= coalesce(known_until, disposed_at) then 'run_out'
            else 'counts'
        end as disposition_state
    from ended

)

select
    cast(disposition_key as {{ text_type() }}) as disposition_key,
    cast(disposition_id as bigint) as disposition_id,
    cast(exception_key as {{ text_type() }}) as exception_key,
    cast(disposition_code as {{ text_type() }}) as disposition_code,
    cast(owner_id as {{ text_type() }}) as owner_id,
    cast(disposed_by_id as {{ text_type() }}) as disposed_by_id,
    cast(reason as {{ text_type() }}) as reason,
    cast(disposition_state as {{ text_type() }}) as disposition_state,
    cast(
        disposition_state = 'counts' and coalesce(due_over_at <= coalesce(known_until, disposed_at), false) as boolean
    ) as is_overdue,
    cast(due_on as date) as due_on,
    cast(accepted_until as date) as accepted_until,
    cast(disposed_at as {{ instant_type() }}) as disposed_at,
    cast(
        least(coalesce(replaced_at, {{ open_end() }}), coalesce(runs_out_at, {{ open_end() }}))
        as {{ instant_type() }}
    ) as counts_to,
    cast(known_until as {{ instant_type() }}) as evaluated_at,
    cast(_log_index as bigint) as _log_index
from judged
