-- depends_on: {{ ref('int_increments__weighed') }}
-- depends_on: {{ ref('int_partitions__affected') }}
-- depends_on: {{ ref('int_references__unioned') }}
{{ replaced_by_partition('communication_id_exstream', 'int_partitions__affected') }}

with

asset_uses as (

    select * from {{ ref('stg_exstream__asset_uses_anew') }}

),

communications as (

    select * from {{ ref('stg_exstream__communications_anew') }}

),

renderings as (

    select * from {{ ref('stg_exstream__renderings_anew') }}

),

verdicts as (

    -- What a version or an approval tells is taken from there, by a number: a use carries no text twice. How many rows
    -- the condition leaves the engine cannot reckon, so it holds these and lets the uses, which are wider, pass in
    -- their order. The other way round took half as long again, and left the mart in no order.
    select
        reference_key,
        version_join_key,
        approval_join_key,
        superseding_asset_version_key,
        asset_id_cloudinary is not null as is_one_asset,
        case when version_join_key is null then asset_id_cloudinary end as asset_id_cloudinary,
        version_number,
        version_evidence_grade,
        verdict,
        verdict_reason,
        candidate_count,
        recorded_at
    from {{ of_replaced_partitions(ref('int_references__judged'), 'reference_key', ref('int_references__unioned')) }}
    where coalesce(reference_type = 'asset_use', false)

),

versions as (

    select
        *,
        {{ join_key('asset_version_key') }} as version_join_key
    from {{ ref('int_asset_versions__lived') }}

),

approvals as (

    select
        *,
        {{ join_key('approval_key') }} as approval_join_key
    from {{ ref('int_approvals__granted') }}

)

select
    cast(asset_uses.asset_use_key as {{ text_type() }}) as asset_use_key,
    -- A key is hashed once for its communication or rendering; only where none landed is it hashed for the use.
    cast(
        coalesce(
            communications.communication_key,
            {{ surrogate_key(['asset_uses.domain_code', 'asset_uses.communication_id_exstream']) }}
        ) as {{ text_type() }}
    ) as communication_key,
    cast(
        coalesce(
            renderings.rendering_key,
            {{ surrogate_key([
                'asset_uses.domain_code', 'asset_uses.communication_id_exstream', 'asset_uses.rendering_id_exstream'
            ]) }}
        ) as {{ text_type() }}
    ) as rendering_key,
    cast(
        case
            when verdicts.is_one_asset and versions.asset_key is not null then versions.asset_key
            when verdicts.asset_id_cloudinary is not null then {{ surrogate_key(['verdicts.asset_id_cloudinary']) }}
        end as {{ text_type() }}
    ) as asset_key,
    cast(versions.asset_version_key as {{ text_type() }}) as asset_version_key,
    cast(approvals.approval_key as {{ text_type() }}) as approval_key,
    cast(
        asset_uses.communication_id_exstream || '/' || asset_uses.rendering_id_exstream || '/' || asset_uses.ordinal
        as {{ text_type() }}
    ) as asset_use_id,
    cast(asset_uses.communication_id_exstream as {{ text_type() }}) as communication_id_exstream,
    cast(asset_uses.rendering_id_exstream as {{ text_type() }}) as rendering_id_exstream,
    cast(asset_uses.ordinal as bigint) as ordinal,
    cast(asset_uses.placeholder_name as {{ text_type() }}) as placeholder_name,
    cast(asset_uses.binding as {{ text_type() }}) as binding,
    cast(renderings.channel_code as {{ text_type() }}) as channel_code,
    cast(
        coalesce(
            case when verdicts.is_one_asset then versions.asset_id_cloudinary end,
            verdicts.asset_id_cloudinary,
            asset_uses.asset_id_cloudinary
        ) as {{ text_type() }}
    ) as asset_id_cloudinary,
    cast(
        coalesce(asset_uses.public_id, asset_uses.delivery_public_id, versions.public_id_at_upload)
        as {{ text_type() }}
    ) as public_id,
    cast(coalesce(verdicts.version_number, asset_uses.version_number) as bigint) as version_number,
    cast(coalesce(versions.etag, asset_uses.etag) as {{ text_type() }}) as etag,
    cast(asset_uses.delivery_url as {{ text_type() }}) as delivery_url,
    cast(asset_uses.transformation as {{ text_type() }}) as transformation,
    cast(coalesce(asset_uses.delivery_format_code, versions.format_code) as {{ text_type() }}) as format_code,
    cast(communications.segment_code as {{ text_type() }}) as segment_code,
    cast(communications.jurisdiction_code as {{ text_type() }}) as jurisdiction_code,
    cast(communications.generated_at as {{ instant_type() }}) as generated_at,
    cast(verdicts.verdict as {{ text_type() }}) as verdict,
    cast(verdicts.verdict_reason as {{ text_type() }}) as verdict_reason,
    cast(verdicts.superseding_asset_version_key as {{ text_type() }}) as superseding_asset_version_key,
    cast(approvals.approver_id as {{ text_type() }}) as approver_id,
    cast(approvals.granted_at as {{ instant_type() }}) as approved_at,
    cast('exact' as {{ text_type() }}) as evidence_strength,
    cast(
        case
            when verdicts.verdict = 'NO_EVIDENCE' then 'unknown'
            when approvals.evidence_grade is not null then approvals.evidence_grade
            else coalesce(verdicts.version_evidence_grade, 'unknown')
        end as {{ text_type() }}
    ) as evidence_grade,
    cast(verdicts.version_evidence_grade as {{ text_type() }}) as version_evidence_grade,
    cast(versions.evidence_reason as {{ text_type() }}) as version_evidence_reason,
    cast(verdicts.candidate_count as bigint) as candidate_count,
    cast(verdicts.recorded_at as {{ instant_type() }}) as recorded_at,
    cast(asset_uses._log_index as bigint) as _log_index
from asset_uses
left join communications
    on
        asset_uses.domain_code = communications.domain_code
        and asset_uses.communication_id_exstream = communications.communication_id_exstream
left join renderings
    on
        asset_uses.domain_code = renderings.domain_code
        and asset_uses.communication_id_exstream = renderings.communication_id_exstream
        and asset_uses.rendering_id_exstream = renderings.rendering_id_exstream
left join verdicts
    on {{ reference_key('asset_use', 'asset_uses.asset_use_key') }} = verdicts.reference_key
left join versions
    on verdicts.version_join_key = versions.version_join_key
left join approvals
    on verdicts.approval_join_key = approvals.approval_join_key
