{#- What staging makes of the landed records of a communication, whichever of them are read: all, or those of the
    partitions that are derived anew. -#}

{% macro of_referring_communications(records) -%}
{#- The landed records of the communications that name more than what their uses show: where rich media leads, what a
    retrieval returned, or the addresses in the HTML outputs of their run. They are few, or as many as the runs whose outputs
    are read, and are found by a few columns. -#}
(
    select * from {{ records }}
    where
        communication_id in (
            select communication_id from {{ source('exstream', 'asset_uses') }}
            where target_reference is not null
            union all
            select communication_id from {{ source('exstream', 'renderings') }}
            where retrieval is not null
            union all
            select communication_id from {{ source('exstream', 'communications') }}
            where flow_instance_id in (select flow_instance_id from {{ source('exstream', 'output_links') }})
        )
)
{%- endmacro %}

{% macro asset_use_key(domain, communication_id, rendering_id, ordinal) -%}
{#- Key of a use, from the columns that name it. -#}
{{ surrogate_key([domain, communication_id, rendering_id, ordinal]) }}
{%- endmacro %}

{% macro staged_asset_uses(records, has_all=true) -%}
{#- The asset uses in what landed; without `has_all` only what a verdict asks of them: the rest is not even read. -#}
with

asset_uses as (

    select
        *
        {%- if has_all %},
        {{ target_struct('target_reference') }} as destination,
        {{ target_text('target_reference') }} as target_text
        {%- endif %}

    from
        {{ first_copies(records, ['domain', 'communication_id', 'rendering_id', 'ordinal'], has_hash=has_all) }}

)

select
    {{ asset_use_key('domain', 'communication_id', 'rendering_id', 'ordinal') }} as asset_use_key,
    {%- if has_all %}

    {{ surrogate_key(['domain', 'communication_id']) }} as communication_key,
    {{ surrogate_key(['domain', 'communication_id', 'rendering_id']) }} as rendering_key,
    {%- endif %}

    domain as domain_code,
    communication_id as communication_id_exstream,
    rendering_id as rendering_id_exstream,
    asset_id as asset_id_cloudinary,
    placeholder as placeholder_name,
    binding,
    public_id,
    lower(nullif(etag, '')) as etag,
    url as delivery_url,
    delivery_state,
    delivery_cloud as delivery_cloud_name,
    delivery_resource_type,
    delivery_type,
    delivery_transformation as transformation,
    delivery_public_id,
    delivery_format as delivery_format_code,
    delivery_readings,
    {%- if has_all %}

    nullif({{ transformation_value('delivery_transformation', 'f') }}, 'auto') as transformed_format_code,
    {{ transformation_value('delivery_transformation', 'q') }} as quality_code,
    target_reference,
    coalesce(destination.url, case when {{ is_address('target_text') }} then target_text end) as target_url,
    coalesce(destination.asset_id, case when {{ is_asset_id('target_text') }} then target_text end)
        as target_asset_id_cloudinary,
    coalesce(
        destination.public_id,
        case when not {{ is_address('target_text') }} and not {{ is_asset_id('target_text') }} then target_text end
    ) as target_public_id,
    {%- endif %}

    ordinal,
    version as version_number,
    {%- if has_all %}

    delivery_version as delivery_version_number,
    {{ whole_number('destination.version') }} as target_version_number,
    {{ whole_number(transformation_value('delivery_transformation', 'w')) }} as transformed_width_px,
    {{ has_transformation_value('delivery_transformation', 'f', 'auto') }} as has_auto_format,
    {{ has_transformation_value('delivery_transformation', 'q', 'auto') }} as has_auto_quality,
    {{ has_transformation_value('delivery_transformation', 't', '[^,/]+') }} as has_named_transformation,
    {{ is_resized('delivery_transformation') }} as is_resized,
    _load_id,
    _source_uri,
    _row_hash,
    {%- endif %}

    has_conflicts,
    _loaded_at,
    _log_index
from asset_uses
{%- endmacro %}

{% macro staged_communications(records, has_all=true) -%}
with

communications as (

    select * from {{ first_copies(records, ['domain', 'communication_id'], has_hash=has_all) }}

)

select
    {{ surrogate_key(['domain', 'communication_id']) }} as communication_key,
    domain as domain_code,
    communication_id as communication_id_exstream,
    {%- if has_all %}

    flow_instance_id as flow_instance_id_exstream,
    recipient_pseudonym,
    pseudonym_key_id,
    template_id as template_id_exstream,
    template_version,
    document_type,
    {%- endif %}

    segment as segment_code,
    jurisdiction as jurisdiction_code,
    {%- if has_all %}

    language as language_code,
    profile as profile_json,
    generated_at_raw,
    _load_id,
    _source_uri,
    _row_hash,
    {%- endif %}

    {{ json_text_list('cast(offer_ids as json)') }} as offers_list,
    has_conflicts,
    {{ instant('generated_at_raw') }} as generated_at,
    _loaded_at,
    _log_index
from communications
{%- endmacro %}

{% macro staged_renderings(records, has_all=true) -%}
with

renderings as (

    select * from {{ first_copies(records, ['domain', 'communication_id', 'rendering_id'], has_hash=has_all) }}

){% if has_all %},

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
{% endif %}

select
    {{ surrogate_key(['domain', 'communication_id', 'rendering_id']) }} as rendering_key,
    {{ surrogate_key(['domain', 'communication_id']) }} as communication_key,
    domain as domain_code,
    communication_id as communication_id_exstream,
    rendering_id as rendering_id_exstream,
    {%- if has_all %}

    nullif(selection.selection_id, '') as selection_id_exstream,
    nullif(retrieval.retrieval_id, '') as retrieval_id_exstream,
    nullif(rendition_request.request_id, '') as rendition_request_id_exstream,
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
    _load_id,
    _source_uri,
    _row_hash,
    {%- endif %}

    channel as channel_code,
    has_conflicts,
    _loaded_at,
    _log_index
from {{ 'parsed' if has_all else 'renderings' }}
{%- endmacro %}
