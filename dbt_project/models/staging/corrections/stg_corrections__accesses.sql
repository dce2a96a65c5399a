with

accesses as (

    select
        *,
        row_number()
            over (partition by access_id order by _loaded_at asc nulls last, _row_hash asc nulls last)
            as copy_number
    from {{ source('corrections', 'accesses') }}

)

select
    {{ surrogate_key(['access_id']) }} as access_key,
    access_id,
    person_id,
    person as person_name,
    roles as role_codes,
    kind as access_type,
    outcome as outcome_code,
    subject as subject_id,
    snapshot_name,
    detail,
    {{ instant('at_raw') }} as accessed_at,
    at_raw as accessed_at_raw,
    _load_id,
    _loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from accesses
where copy_number = 1
