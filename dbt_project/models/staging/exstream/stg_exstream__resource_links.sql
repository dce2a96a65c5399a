with

resource_links as (

    select
        *,
        row_number() over (
            partition by domain, resource_id, version, ordinal
            order by {{ newest_first([]) }}
        ) as state_number,
        min(_loaded_at) over (partition by domain, resource_id, version, ordinal) as _first_loaded_at
    from {{ source('exstream', 'resource_links') }}

)

select
    {{ surrogate_key(['domain', 'resource_id', 'version', 'ordinal']) }} as resource_link_key,
    domain as domain_code,
    resource_id as resource_id_exstream,
    asset_id as asset_id_cloudinary,
    public_id,
    resource_type,
    resource_name,
    way as way_code,
    strength as strength_code,
    etag,
    delivery_readings,
    evidence,
    findings as findings_json,
    version as version_number,
    ordinal,
    asset_version,
    _load_id,
    _loaded_at,
    _first_loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from resource_links
where state_number = 1
