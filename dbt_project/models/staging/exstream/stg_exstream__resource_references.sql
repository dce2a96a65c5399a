with

resource_references as (

    select
        *,
        row_number() over (
            partition by flow_instance_id, resource_id, version
            order by {{ newest_first([instant('last_modified_at_raw')]) }}
        ) as state_number,
        min(_loaded_at) over (partition by flow_instance_id, resource_id, version) as _first_loaded_at
    from {{ source('exstream', 'resource_references') }}

)

select
    {{ surrogate_key(['flow_instance_id', 'resource_id', 'version']) }} as resource_reference_key,
    domain as domain_code,
    flow_instance_id as flow_instance_id_exstream,
    collection_id as collection_id_exstream,
    resource_id as resource_id_exstream,
    approved_by as approved_by_id,
    resource_type,
    name as resource_name,
    state as state_code,
    metadata as metadata_json,
    version as version_number,
    {{ instant('last_modified_at_raw') }} as last_modified_at,
    last_modified_at_raw,
    written_times,
    _load_id,
    _loaded_at,
    _first_loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from resource_references
where state_number = 1
