with

usage as (

    select
        *,
        row_number() over (partition by last_updated_raw order by {{ newest_first([]) }}) as state_number,
        min(_loaded_at) over (partition by last_updated_raw) as _first_loaded_at
    from {{ source('cloudinary', 'usage') }}

)

select
    last_updated_raw as usage_date_raw,
    plan as plan_name,
    transformations as transformations_json,
    objects as objects_json,
    bandwidth as bandwidth_json,
    storage as storage_json,
    credits as credits_json,
    media_limits as media_limits_json,
    resources as asset_count,
    derived_resources as derived_count,
    requests as request_count,
    _load_id,
    _loaded_at,
    _first_loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from usage
where state_number = 1
