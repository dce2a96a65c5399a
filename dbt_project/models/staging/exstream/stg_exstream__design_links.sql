with

design_links as (

    select
        *,
        row_number() over (
            partition by domain, subject_id, subject_version, object_id
            order by _row_hash asc nulls last, _loaded_at asc nulls last
        ) as copy_number
    from {{ source('exstream', 'design_links') }}

)

select
    {{ surrogate_key(['domain', 'subject_id', 'subject_version', 'object_id']) }} as design_link_key,
    domain as domain_code,
    subject_id as subject_id_exstream,
    object_id as object_id_exstream,
    subject_version as subject_version_number,
    _load_id,
    _loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from design_links
where copy_number = 1
