with

renderings as (

    select * from {{ ref('stg_exstream__renderings') }}
    where has_retrieval

),

communications as (

    select * from {{ ref('stg_exstream__communications') }}

),

retrieved_assets as (

    select * from {{ ref('bridge_retrievals_assets') }}

),

verdicts as (

    select * from {{ ref('verdicts') }}

),

asset_counts as (

    select
        retrieved_assets.retrieval_key,
        count(case when retrieved_assets.storage_reason = 'stored' then 1 end) as stored_count,
        count(case when retrieved_assets.verdict in ('NOT_APPROVED', 'EXPIRED', 'NOT_ELIGIBLE') then 1 end)
            as unapproved_count,
        min(verdicts.severity_rank) as severity_rank
    from retrieved_assets
    left join verdicts
        on retrieved_assets.verdict = verdicts.verdict
    group by retrieved_assets.retrieval_key

)

select
    cast({{ surrogate_key(["'retrieval'", 'renderings.rendering_key']) }} as {{ text_type() }}) as retrieval_key,
    cast(renderings.rendering_key as {{ text_type() }}) as rendering_key,
    cast(renderings.communication_key as {{ text_type() }}) as communication_key,
    cast(
        coalesce(
            renderings.retrieval_id_exstream,
            renderings.communication_id_exstream || '/' || renderings.rendering_id_exstream || '/retrieval'
        ) as {{ text_type() }}
    ) as retrieval_id_exstream,
    cast(renderings.channel_code as {{ text_type() }}) as channel_code,
    cast(renderings.asked_document_type as {{ text_type() }}) as asked_document_type,
    cast(renderings.asked_segment_code as {{ text_type() }}) as asked_segment_code,
    cast(renderings.asked_jurisdiction_code as {{ text_type() }}) as asked_jurisdiction_code,
    cast(verdicts.verdict as {{ text_type() }}) as worst_verdict,
    cast({{ list_length('renderings.returned_assets_list') }} as bigint) as returned_count,
    cast(coalesce(asset_counts.stored_count, 0) as bigint) as stored_count,
    cast(coalesce(asset_counts.unapproved_count, 0) as bigint) as unapproved_count,
    cast(
        coalesce(
            renderings.asked_document_type = communications.document_type
            and renderings.asked_segment_code = communications.segment_code
            and renderings.asked_jurisdiction_code = communications.jurisdiction_code,
            false
        ) as boolean
    ) as is_asked_for_communication,
    cast(communications.generated_at as {{ instant_type() }}) as generated_at,
    cast(renderings._log_index as bigint) as _log_index
from renderings
left join communications
    on renderings.communication_key = communications.communication_key
left join asset_counts
    on {{ surrogate_key(["'retrieval'", 'renderings.rendering_key']) }} = asset_counts.retrieval_key
left join verdicts
    on asset_counts.severity_rank = verdicts.severity_rank
