with

product_environment as (

    select
        *,
        row_number() over (partition by cloud_name order by {{ newest_first([]) }}) as state_number,
        min(_loaded_at) over (partition by cloud_name) as _first_loaded_at
    from {{ source('cloudinary', 'product_environment') }}

)

select
    cloud_name,
    folder_mode as folder_mode_code,
    settings as settings_json,
    {{ instant('created_at_raw') }} as created_at,
    created_at_raw,
    _load_id,
    _loaded_at,
    _first_loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from product_environment
where state_number = 1
