with

transformations as (

    select
        *,
        row_number() over (partition by name order by {{ newest_first([]) }}) as state_number,
        min(_loaded_at) over (partition by name) as _first_loaded_at
    from {{ source('cloudinary', 'transformations') }}

)

select
    name as transformation_name,
    definition as definition_json,
    is_named,
    coalesce(is_allowed_for_strict, false) as is_allowed_for_strict,
    coalesce(is_used, false) as is_used,
    coalesce(is_absent, false) as is_absent,
    _load_id,
    _loaded_at,
    _first_loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from transformations
where state_number = 1
