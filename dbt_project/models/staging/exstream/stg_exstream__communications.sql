with

communications as (

    select * from {{ first_copies(source('exstream', 'communications'), ['domain', 'communication_id']) }}

)

select
    {{ surrogate_key(['domain', 'communication_id']) }} as communication_key,
    domain as domain_code,
    communication_id as communication_id_exstream,
    flow_instance_id as flow_instance_id_exstream,
    recipient_pseudonym,
    pseudonym_key_id,
    template_id as template_id_exstream,
    template_version,
    document_type,
    segment as segment_code,
    jurisdiction as jurisdiction_code,
    language as language_code,
    {{ json_text_list('cast(offer_ids as json)') }} as offers_list,
    profile as profile_json,
    has_conflicts,
    {{ instant('generated_at_raw') }} as generated_at,
    generated_at_raw,
    _load_id,
    _loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from communications
