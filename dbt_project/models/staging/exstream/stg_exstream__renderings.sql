with

renderings as (

    select
        *,
        row_number() over (
            partition by domain, communication_id, rendering_id
            order by _row_hash asc, _loaded_at asc
        ) as copy_number,
        min(_row_hash) over (partition by domain, communication_id, rendering_id)
        <> max(_row_hash) over (partition by domain, communication_id, rendering_id) as has_conflicts
    from {{ source('exstream', 'renderings') }}

)

select
    {{ surrogate_key(['domain', 'communication_id', 'rendering_id']) }} as rendering_key,
    {{ surrogate_key(['domain', 'communication_id']) }} as communication_key,
    domain as domain_code,
    communication_id as communication_id_exstream,
    rendering_id as rendering_id_exstream,
    channel as channel_code,
    queue_name,
    selection as selection_json,
    retrieval as retrieval_json,
    rendition_request as rendition_request_json,
    has_conflicts,
    _load_id,
    _loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from renderings
where copy_number = 1
