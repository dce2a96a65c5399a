with

renderings as (

    select * from {{ first_copies(source('exstream', 'renderings'), ['domain', 'communication_id', 'rendering_id']) }}

),

parsed as (

    -- What the report says of decisions is read once, whole; a member of another shape than expected is NULL.
    select
        domain,
        communication_id,
        rendering_id,
        channel,
        queue_name,
        has_conflicts,
        _load_id,
        _loaded_at,
        _source_uri,
        _row_hash,
        _log_index,
        selection is not null as has_selection,
        retrieval is not null as has_retrieval,
        rendition_request is not null as has_rendition_request,
        {{ json_struct('selection', {
            'selection_id': 'VARCHAR',
            'rule': 'VARCHAR',
            'event': 'VARCHAR',
            'inputs': 'JSON',
            'candidates': 'JSON',
            'chosen': 'JSON',
            'campaign': 'VARCHAR',
        }) }} as selection,
        {{ json_struct('retrieval', {
            'retrieval_id': 'VARCHAR',
            'asked': {'document_type': 'VARCHAR', 'segment': 'VARCHAR', 'jurisdiction': 'VARCHAR'},
            'returned': [{'asset_id': 'VARCHAR', 'public_id': 'VARCHAR', 'version': 'BIGINT', 'etag': 'VARCHAR'}],
        }) }} as retrieval,
        {{ json_struct('rendition_request', {
            'request_id': 'VARCHAR',
            'asked': {'channel': 'VARCHAR', 'preference': 'VARCHAR'},
            'returned': {'url': 'VARCHAR', 'format': 'VARCHAR', 'width': 'BIGINT', 'bytes': 'BIGINT'},
            'latency_ms': 'BIGINT',
            'outcome': 'VARCHAR',
        }) }} as rendition_request
    from renderings

)

select
    {{ surrogate_key(['domain', 'communication_id', 'rendering_id']) }} as rendering_key,
    {{ surrogate_key(['domain', 'communication_id']) }} as communication_key,
    domain as domain_code,
    communication_id as communication_id_exstream,
    rendering_id as rendering_id_exstream,
    nullif(selection.selection_id, '') as selection_id_exstream,
    nullif(retrieval.retrieval_id, '') as retrieval_id_exstream,
    nullif(rendition_request.request_id, '') as rendition_request_id_exstream,
    channel as channel_code,
    queue_name,
    nullif(selection.rule, '') as selection_rule_name,
    nullif(selection.event, '') as selection_event_code,
    cast(selection.inputs as {{ text_type() }}) as selection_inputs_json,
    {{ json_reference_list('selection.candidates') }} as candidate_references_list,
    nullif({{ json_reference('selection.chosen') }}, '') as chosen_reference,
    nullif(selection.campaign, '') as campaign_code,
    nullif(retrieval.asked.document_type, '') as asked_document_type,
    nullif(retrieval.asked.segment, '') as asked_segment_code,
    nullif(retrieval.asked.jurisdiction, '') as asked_jurisdiction_code,
    retrieval.returned as returned_assets_list,
    nullif(rendition_request.asked.channel, '') as asked_channel_code,
    nullif(rendition_request.asked.preference, '') as preference_code,
    nullif(rendition_request.returned.url, '') as returned_url,
    lower(nullif(rendition_request.returned.format, '')) as returned_format_code,
    nullif(rendition_request.outcome, '') as outcome_code,
    rendition_request.returned.width as returned_width_px,
    rendition_request.returned.bytes as returned_bytes,
    rendition_request.latency_ms,
    has_selection,
    has_retrieval,
    has_rendition_request,
    has_conflicts,
    _load_id,
    _loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from parsed
