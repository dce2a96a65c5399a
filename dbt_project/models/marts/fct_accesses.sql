with

accesses as (

    select * from {{ ref('stg_corrections__accesses') }}

),

claims as (

    select * from {{ ref('stg_log__batches') }}

),

known as (

    select max(window_to) as known_until
    from claims
    where system_code = 'corrections' and stream_name = 'accesses' and is_complete and outcome = 'accepted'

)

select
    cast(accesses.access_key as {{ text_type() }}) as access_key,
    cast(accesses.access_id as bigint) as access_id,
    cast(accesses.person_id as {{ text_type() }}) as person_id,
    cast(accesses.person_name as {{ text_type() }}) as person_name,
    cast(accesses.role_codes as {{ text_type() }}) as role_codes,
    cast(accesses.access_type as {{ text_type() }}) as access_type,
    cast(accesses.outcome_code as {{ text_type() }}) as outcome_code,
    cast(accesses.subject_id as {{ text_type() }}) as subject_id,
    cast(accesses.snapshot_name as {{ text_type() }}) as snapshot_name,
    cast(accesses.detail as {{ text_type() }}) as detail,
    cast(accesses.accessed_at as {{ instant_type() }}) as accessed_at,
    cast(known.known_until as {{ instant_type() }}) as evaluated_at,
    cast(accesses._log_index as bigint) as _log_index
from accesses
cross join known
