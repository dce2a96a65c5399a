with

output_links as (

    select
        *,
        row_number() over (
            partition by flow_instance_id, docgen_uuid, queue_name, file_name, output_sha256, ordinal
            order by _loaded_at asc nulls last, _row_hash asc nulls last
        ) as copy_number
    from {{ source('exstream', 'output_links') }}

)

select
    {{ surrogate_key([
        'flow_instance_id', 'docgen_uuid', 'queue_name', 'file_name', 'output_sha256', 'ordinal'
    ]) }} as output_link_key,
    domain as domain_code,
    job_id as job_id_exstream,
    flow_instance_id as flow_instance_id_exstream,
    docgen_uuid,
    queue_name,
    file_name,
    output_sha256 as output_hash,
    way as way_code,
    strength as strength_code,
    reason as unlinked_reason,
    url as delivery_url,
    delivery_state,
    delivery_cloud as delivery_cloud_name,
    delivery_resource_type,
    delivery_type,
    delivery_transformation as transformation,
    delivery_public_id,
    delivery_format as delivery_format_code,
    delivery_readings,
    ordinal,
    customer_number,
    customer_count,
    delivery_version as delivery_version_number,
    is_shown,
    _load_id,
    _loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from output_links
where copy_number = 1
