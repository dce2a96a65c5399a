with

delivery_outputs as (

    select
        *,
        row_number() over (
            partition by flow_instance_id, docgen_uuid, queue_name, file_name, customer_number
            order by _loaded_at asc, _row_hash asc
        ) as copy_number
    from {{ source('exstream', 'delivery_outputs') }}

)

select
    {{ surrogate_key(['flow_instance_id', 'docgen_uuid', 'queue_name', 'file_name', 'customer_number']) }} as delivery_output_key,
    domain as domain_code,
    job_id as job_id_exstream,
    flow_instance_id as flow_instance_id_exstream,
    docgen_uuid,
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
from delivery_outputs
where copy_number = 1
