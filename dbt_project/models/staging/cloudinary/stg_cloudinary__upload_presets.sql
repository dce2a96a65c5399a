with

upload_presets as (

    select
        *,
        row_number() over (partition by name order by {{ newest_first([]) }}) as state_number,
        min(_loaded_at) over (partition by name) as _first_loaded_at
    from {{ source('cloudinary', 'upload_presets') }}

)

select
    name as upload_preset_name,
    settings as settings_json,
    coalesce(is_unsigned, false) as is_unsigned,
    coalesce(is_absent, false) as is_absent,
    _load_id,
    _loaded_at,
    _first_loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from upload_presets
where state_number = 1
