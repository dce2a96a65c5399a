with

metadata_fields as (

    select
        *,
        row_number() over (partition by external_id order by {{ newest_first([]) }}) as state_number,
        min(_loaded_at) over (partition by external_id) as _first_loaded_at
    from {{ source('cloudinary', 'metadata_fields') }}

)

select
    external_id as metadata_field_id_cloudinary,
    label as field_name,
    type as field_type,
    datasource as datasource_json,
    coalesce(is_mandatory, false) as is_mandatory,
    coalesce(is_absent, false) as is_absent,
    _load_id,
    _loaded_at,
    _first_loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from metadata_fields
where state_number = 1
