{#- What staging makes of the landed records of outputs, whichever of them are read. -#}

{% macro of_linked_outputs(records) -%}
{#- The landed outputs of the runs whose HTML outputs name addresses. -#}
(
    select * from {{ records }}
    where flow_instance_id in (select flow_instance_id from {{ source('exstream', 'output_links') }})
)
{%- endmacro %}

{% macro staged_delivery_outputs(records) -%}
{%- set delivery_keys = var('delivery_keys') -%}
with

delivery_outputs as (

    select
        *,
        row_number() over (
            partition by flow_instance_id, docgen_uuid, queue_name, file_name, customer_number
            order by _loaded_at asc nulls last, _row_hash asc nulls last
        ) as copy_number
    from {{ records }}

),

parsed as (

    select
        *,
        {{ json_struct('keys', {delivery_keys['communication']: 'VARCHAR', delivery_keys['rendering']: 'VARCHAR'}) }}
            as key_fields
    from delivery_outputs
    where copy_number = 1

)

select
    {{ surrogate_key(['flow_instance_id', 'docgen_uuid', 'queue_name', 'file_name', 'customer_number']) }}
        as delivery_output_key,
    domain as domain_code,
    job_id as job_id_exstream,
    flow_instance_id as flow_instance_id_exstream,
    docgen_uuid,
    key_fields."{{ delivery_keys['communication'] }}" as communication_id_exstream,
    key_fields."{{ delivery_keys['rendering'] }}" as rendering_id_exstream,
    recipient_pseudonym,
    pseudonym_key_id,
    recipient_kind as recipient_type,
    queue_name,
    mime_type,
    pdl as pdl_code,
    file_name,
    keys as keys_json,
    customer_number,
    page_count,
    file_size as file_bytes,
    total_pages_in_document as document_page_count,
    _load_id,
    _loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from parsed
{%- endmacro %}
