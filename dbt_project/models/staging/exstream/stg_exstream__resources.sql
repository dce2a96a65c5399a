with

resources as (

    select
        *,
        row_number() over (
            partition by domain, resource_id, version
            order by {{ newest_first([instant('last_modified_at_raw')]) }}
        ) as state_number,
        min(_loaded_at) over (partition by domain, resource_id, version) as _first_loaded_at
    from {{ source('exstream', 'resources') }}

),

tagged as (

    select
        *,
        {{ template_tags_struct('metadata') }} as tags
    from resources
    where state_number = 1

)

select
    {{ surrogate_key(['domain', 'resource_id', 'version']) }} as resource_version_key,
    domain as domain_code,
    resource_id as resource_id_exstream,
    created_by as created_by_id,
    last_modified_by as last_modified_by_id,
    locked_by as locked_by_id,
    approved_by as approved_by_id,
    resource_type,
    name as resource_name,
    state as state_code,
    state_comment,
    description,
    categories as categories_json,
    metadata as metadata_json,
    {{ template_tag('tags', 'business_unit') }} as business_unit_code,
    {{ template_tag('tags', 'region') }} as region_code,
    content_sha256,
    content_md5,
    content_addresses as content_addresses_json,
    version as version_number,
    content_bytes,
    is_locked,
    {{ instant('created_at_raw') }} as created_at,
    created_at_raw,
    {{ instant('last_modified_at_raw') }} as last_modified_at,
    last_modified_at_raw,
    {{ instant('effective_start_at_raw') }} as effective_start_at,
    effective_start_at_raw,
    {{ instant('effective_end_at_raw') }} as effective_end_at,
    effective_end_at_raw,
    {{ instant('approved_at_raw') }} as approved_at,
    approved_at_raw,
    written_times,
    _load_id,
    _loaded_at,
    _first_loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from tagged
