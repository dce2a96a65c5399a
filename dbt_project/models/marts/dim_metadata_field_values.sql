with

field_values as (

    select * from {{ ref('int_metadata_fields__lived') }}

)

select
    cast(metadata_field_value_key as {{ text_type() }}) as metadata_field_value_key,
    cast(metadata_field_id_cloudinary as {{ text_type() }}) as metadata_field_id_cloudinary,
    cast(metadata_value_id_cloudinary as {{ text_type() }}) as metadata_value_id_cloudinary,
    cast('cloudinary' as {{ text_type() }}) as source_system,
    cast(field_name as {{ text_type() }}) as field_name,
    cast(field_type as {{ text_type() }}) as field_type,
    cast(value_label as {{ text_type() }}) as value_label,
    cast(value_state as {{ text_type() }}) as value_state,
    cast(approval_meaning as {{ text_type() }}) as approval_meaning,
    cast(ended_by as {{ text_type() }}) as ended_by,
    cast(evidence_grade as {{ text_type() }}) as evidence_grade,
    cast(is_mandatory as boolean) as is_mandatory,
    cast(is_current as boolean) as is_current,
    cast(valid_from as {{ instant_type() }}) as valid_from,
    cast(valid_surely_to as {{ instant_type() }}) as valid_surely_to,
    cast(valid_to as {{ instant_type() }}) as valid_to,
    cast(_log_index as bigint) as _log_index
from field_values
