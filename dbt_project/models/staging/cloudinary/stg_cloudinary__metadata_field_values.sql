with

field_states as (

    select
        *,
        row_number() over (partition by external_id, _load_id order by _row_hash asc nulls last) as copy_number,
        {{ json_struct('datasource', {'values': 'JSON'}) }} as source_values
    from {{ source('cloudinary', 'metadata_fields') }}

),

states as (

    select * from field_states
    where copy_number = 1

),

exploded as (

    select
        external_id,
        _load_id,
        {{ each_json_object('source_values."values"', {
            'external_id': 'VARCHAR', 'value': 'VARCHAR', 'state': 'VARCHAR'
        }) }} as item
    from states

)

-- A field without values has one row without one: it can be renamed, too.
select
    {{ surrogate_key(['states.external_id', 'exploded.item.external_id', 'states._load_id']) }}
        as metadata_field_value_state_key,
    states.external_id as metadata_field_id_cloudinary,
    exploded.item.external_id as metadata_value_id_cloudinary,
    states.label as field_name,
    states.type as field_type,
    exploded.item.value as value_label,
    exploded.item.state as value_state,
    coalesce(states.is_mandatory, false) as is_mandatory,
    coalesce(states.is_absent, false) as is_absent,
    states._load_id,
    states._loaded_at,
    states._source_uri,
    states._row_hash,
    states._log_index
from states
left join exploded
    on
        states.external_id = exploded.external_id
        and states._load_id = exploded._load_id
