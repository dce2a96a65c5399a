-- depends_on: {{ ref('int_increments__weighed') }}
-- depends_on: {{ ref('int_partitions__affected') }}
-- depends_on: {{ ref('int_references__unioned') }}
{{ replaced_by_partition('communication_id_exstream', 'int_partitions__affected', unlike=['asset_use_key']) }}

with

asset_uses as (

    select * from {{ ref('int_asset_uses__matched') }}

),

judged as (

    select * from {{ of_replaced_partitions(
        ref('int_references__judged'), 'reference_key', ref('int_references__unioned')
    ) }}
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

),

verdict_reasons as (

    select * from {{ ref('verdict_reasons') }}

),

verdicts as (

    -- Of the uses that are not plain: what their candidates agree on.
    select
        judged.reference_key,
        case
            when judged.asset_id_cloudinary is not null and versions.asset_key is not null then versions.asset_key
            when judged.version_join_key is null and judged.asset_id_cloudinary is not null
                then {{ surrogate_key(['judged.asset_id_cloudinary']) }}
        end as asset_key,
        versions.asset_version_key,
        approvals.approval_key,
        judged.superseding_asset_version_key,
        coalesce(
            case when judged.asset_id_cloudinary is not null then versions.asset_id_cloudinary end,
            case when judged.version_join_key is null then judged.asset_id_cloudinary end
        ) as asset_id_cloudinary,
        versions.public_id_at_upload,
        judged.version_number,
        versions.etag,
        versions.format_code,
        judged.verdict_reason,
        approvals.approver_id,
        approvals.granted_at,
        approvals.evidence_grade as approval_evidence_grade,
        judged.version_evidence_grade,
        versions.evidence_reason,
        judged.candidate_count,
        judged.recorded_at
    from judged
    left join versions
        on judged.version_join_key = versions.version_join_key
    left join approvals
        on judged.approval_join_key = approvals.approval_join_key

),

told as (

    -- A plain use has no row there, and another one has nothing of its own to say.
    select
        asset_uses.*,
        verdicts.superseding_asset_version_key,
        coalesce(asset_uses.asset_key, verdicts.asset_key) as told_asset_key,
        coalesce(asset_uses.asset_version_key, verdicts.asset_version_key) as told_asset_version_key,
        coalesce(asset_uses.approval_key, verdicts.approval_key) as told_approval_key,
        coalesce(asset_uses.plain_asset_id, verdicts.asset_id_cloudinary) as told_asset_id,
        coalesce(asset_uses.public_id_at_upload, verdicts.public_id_at_upload) as told_public_id,
        coalesce(asset_uses.plain_version_number, verdicts.version_number) as told_version_number,
        coalesce(asset_uses.plain_etag, verdicts.etag) as told_etag,
        coalesce(asset_uses.plain_format_code, verdicts.format_code) as told_format_code,
        coalesce(asset_uses.verdict_reason, verdicts.verdict_reason) as told_verdict_reason,
        coalesce(asset_uses.approver_id, verdicts.approver_id) as told_approver_id,
        coalesce(asset_uses.granted_at, verdicts.granted_at) as told_granted_at,
        coalesce(asset_uses.approval_evidence_grade, verdicts.approval_evidence_grade) as told_approval_grade,
        case when asset_uses.is_plain then 'confirmed' else verdicts.version_evidence_grade end as told_version_grade,
        coalesce(asset_uses.evidence_reason, verdicts.evidence_reason) as told_evidence_reason,
        case when asset_uses.is_plain then 1 else verdicts.candidate_count end as told_candidate_count,
        case when asset_uses.is_plain then asset_uses.recorded_at else verdicts.recorded_at end as told_recorded_at
    from asset_uses
    left join verdicts
        on
            case when not asset_uses.is_plain then {{ reference_key('asset_use', 'asset_uses.asset_use_key') }} end
            = verdicts.reference_key

)

select
    cast(told.asset_use_key as {{ text_type() }}) as asset_use_key,
    cast(told.communication_key as {{ text_type() }}) as communication_key,
    cast(told.rendering_key as {{ text_type() }}) as rendering_key,
    cast(told.told_asset_key as {{ text_type() }}) as asset_key,
    cast(told.told_asset_version_key as {{ text_type() }}) as asset_version_key,
    cast(told.told_approval_key as {{ text_type() }}) as approval_key,
    cast(
        told.communication_id_exstream || '/' || told.rendering_id_exstream || '/' || told.ordinal as {{ text_type() }}
    ) as asset_use_id,
    cast(told.communication_id_exstream as {{ text_type() }}) as communication_id_exstream,
    cast(told.rendering_id_exstream as {{ text_type() }}) as rendering_id_exstream,
    cast(told.ordinal as bigint) as ordinal,
    cast(told.placeholder_name as {{ text_type() }}) as placeholder_name,
    cast(told.binding as {{ text_type() }}) as binding,
    cast(told.channel_code as {{ text_type() }}) as channel_code,
    cast(coalesce(told.told_asset_id, told.asset_id_cloudinary) as {{ text_type() }}) as asset_id_cloudinary,
    cast(coalesce(told.public_id, told.delivery_public_id, told.told_public_id) as {{ text_type() }}) as public_id,
    cast(coalesce(told.told_version_number, told.version_number) as bigint) as version_number,
    cast(coalesce(told.told_etag, told.etag) as {{ text_type() }}) as etag,
    cast(told.delivery_url as {{ text_type() }}) as delivery_url,
    cast(told.transformation as {{ text_type() }}) as transformation,
    cast(coalesce(told.delivery_format_code, told.told_format_code) as {{ text_type() }}) as format_code,
    cast(told.segment_code as {{ text_type() }}) as segment_code,
    cast(told.jurisdiction_code as {{ text_type() }}) as jurisdiction_code,
    cast(told.generated_at as {{ instant_type() }}) as generated_at,
    cast(verdict_reasons.verdict as {{ text_type() }}) as verdict,
    cast(told.told_verdict_reason as {{ text_type() }}) as verdict_reason,
    cast(told.superseding_asset_version_key as {{ text_type() }}) as superseding_asset_version_key,
    cast(told.told_approver_id as {{ text_type() }}) as approver_id,
    cast(told.told_granted_at as {{ instant_type() }}) as approved_at,
    cast('exact' as {{ text_type() }}) as evidence_strength,
    cast(
        {{ evidence_grade('verdict_reasons.verdict', 'told.told_approval_grade', 'told.told_version_grade') }}
        as {{ text_type() }}
    ) as evidence_grade,
    cast(told.told_version_grade as {{ text_type() }}) as version_evidence_grade,
    cast(told.told_evidence_reason as {{ text_type() }}) as version_evidence_reason,
    cast(told.told_candidate_count as bigint) as candidate_count,
    cast(told.told_recorded_at as {{ instant_type() }}) as recorded_at,
    cast(told._log_index as bigint) as _log_index
from told
left join verdict_reasons
    on told.told_verdict_reason = verdict_reasons.verdict_reason
