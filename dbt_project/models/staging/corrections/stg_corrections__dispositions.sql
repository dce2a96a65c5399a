with

dispositions as (

    select
        *,
        row_number()
            over (partition by disposition_id order by _loaded_at asc nulls last, _row_hash asc nulls last)
            as copy_number
    from {{ source('corrections', 'dispositions') }}

)

select
    {{ surrogate_key(['disposition_id']) }} as disposition_key,
    disposition_id,
    exception_key,
    disposition as disposition_code,
    owner as owner_id,
    made_by as disposed_by_id,
    reason,
    cast({{ instant('due_on') }} as date) as due_on,
    cast({{ instant('accepted_until') }} as date) as accepted_until,
    {{ instant('at_raw') }} as disposed_at,
    at_raw as disposed_at_raw,
    _load_id,
    _loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from dispositions
where copy_number = 1
