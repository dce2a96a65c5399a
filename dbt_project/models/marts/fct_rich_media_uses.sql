{% set states = {'NOT_APPROVED': 'not_approved', 'EXPIRED': 'expired', 'NOT_ELIGIBLE': 'not_eligible'} %}

with

targets as (

    select * from {{ ref('int_media_targets__named') }}

),

asset_uses as (

    select * from {{ ref('fct_asset_uses') }}

),

verdicts as (

    select * from {{ ref('int_references__evidenced') }}
    where reference_type in ('media_target', 'media_target_now')

),

versions as (

    select * from {{ ref('int_asset_versions__lived') }}

),

judged as (

    -- Missing is what no asset was called at that instant: only where every notification up to it is there.
    select
        verdicts.reference_type,
        verdicts.subject_key,
        verdicts.asset_id_cloudinary,
        verdicts.asset_version_key,
        verdicts.approval_key,
        verdicts.coverage_key,
        verdicts.evidence_grade,
        verdicts.verdict,
        verdicts.verdict_reason,
        verdicts.version_number,
        versions.etag,
        case
            when verdicts.verdict_reason = 'unresolved_reference' and verdicts.coverage_key is not null then 'missing'
            when verdicts.verdict in ('PROVEN', 'PROVEN_LATE', 'SUPERSEDED') then 'approved'
            {% for verdict, state in states.items() %}
            when verdicts.verdict = '{{ verdict }}' then '{{ state }}'
            {% endfor %}
            else 'not_known'
        end as target_state
    from verdicts
    left join versions
        on verdicts.asset_version_key = versions.asset_version_key

),

joined as (

    select
        targets.*,
        asset_uses.asset_use_id,
        asset_uses.channel_code,
        asset_uses.binding,
        asset_uses.asset_key,
        asset_uses.asset_id_cloudinary,
        asset_uses.asset_version_key,
        asset_uses.version_number,
        asset_uses.etag,
        asset_uses.verdict,
        asset_uses.verdict_reason,
        asset_uses._log_index,
        target_then.asset_id_cloudinary as target_asset_id,
        target_then.asset_version_key as target_asset_version_key,
        target_then.version_number as served_version_number,
        target_then.etag as served_etag,
        target_then.approval_key as target_approval_key,
        target_then.coverage_key as target_coverage_key,
        target_then.evidence_grade as target_evidence_grade,
        target_then.verdict as target_verdict,
        target_then.verdict_reason as target_verdict_reason,
        target_now.asset_version_key as target_asset_version_key_now,
        target_now.version_number as served_version_number_now,
        target_now.approval_key as target_approval_key_now,
        target_now.coverage_key as target_coverage_key_now,
        target_now.evidence_grade as target_evidence_grade_now,
        target_now.verdict as target_verdict_now,
        target_now.verdict_reason as target_verdict_reason_now,
        coalesce(
            target_then.target_state,
            case when targets.target_form in ('foreign', 'not_readable') then targets.target_form else 'not_known' end
        ) as target_state,
        coalesce(
            target_now.target_state,
            case when targets.target_form in ('foreign', 'not_readable') then targets.target_form else 'not_known' end
        ) as target_state_now
    from targets
    inner join asset_uses
        on targets.asset_use_key = asset_uses.asset_use_key
    left join judged as target_then
        on
            targets.asset_use_key = target_then.subject_key
            and target_then.reference_type = 'media_target'
    left join judged as target_now
        on
            targets.asset_use_key = target_now.subject_key
            and target_now.reference_type = 'media_target_now'

)

select
    cast(asset_use_key as {{ text_type() }}) as asset_use_key,
    cast(communication_key as {{ text_type() }}) as communication_key,
    cast(rendering_key as {{ text_type() }}) as rendering_key,
    cast(asset_key as {{ text_type() }}) as asset_key,
    cast(asset_version_key as {{ text_type() }}) as asset_version_key,
    cast(
        case when target_asset_id is not null then {{ surrogate_key(['target_asset_id']) }} end as {{ text_type() }}
    ) as target_asset_key,
    cast(target_asset_version_key as {{ text_type() }}) as target_asset_version_key,
    cast(target_asset_version_key_now as {{ text_type() }}) as target_asset_version_key_now,
    cast(target_approval_key as {{ text_type() }}) as target_approval_key,
    cast(target_approval_key_now as {{ text_type() }}) as target_approval_key_now,
    cast(target_coverage_key as {{ text_type() }}) as target_coverage_key,
    cast(target_coverage_key_now as {{ text_type() }}) as target_coverage_key_now,
    cast(asset_use_id as {{ text_type() }}) as asset_use_id,
    cast(channel_code as {{ text_type() }}) as channel_code,
    cast(binding as {{ text_type() }}) as binding,
    cast(verdict as {{ text_type() }}) as verdict,
    cast(verdict_reason as {{ text_type() }}) as verdict_reason,
    cast(target_reference as {{ text_type() }}) as target_reference,
    cast(coalesce(target_asset_id, target_asset_id_cloudinary) as {{ text_type() }}) as target_asset_id_cloudinary,
    cast(public_id as {{ text_type() }}) as target_public_id,
    cast(target_state as {{ text_type() }}) as target_state,
    cast(target_verdict as {{ text_type() }}) as target_verdict,
    cast(target_verdict_reason as {{ text_type() }}) as target_verdict_reason,
    cast(target_evidence_grade as {{ text_type() }}) as target_evidence_grade,
    cast(target_state_now as {{ text_type() }}) as target_state_now,
    cast(target_verdict_now as {{ text_type() }}) as target_verdict_now,
    cast(target_verdict_reason_now as {{ text_type() }}) as target_verdict_reason_now,
    cast(target_evidence_grade_now as {{ text_type() }}) as target_evidence_grade_now,
    cast(
        case
            when target_asset_id is null or asset_id_cloudinary is null then 'not_known'
            when target_asset_id <> asset_id_cloudinary then 'another_asset'
            when etag is null or served_etag is null or verdict = 'NO_EVIDENCE' then 'not_known'
            when etag = served_etag then 'same_version'
            else 'another_version'
        end as {{ text_type() }}
    ) as thumbnail_source_state,
    cast(version_number as bigint) as version_number,
    cast(target_version_number as bigint) as target_version_number,
    cast(served_version_number as bigint) as served_version_number,
    cast(served_version_number_now as bigint) as served_version_number_now,
    cast(judged_at as {{ instant_type() }}) as generated_at,
    cast(evaluated_at as {{ instant_type() }}) as evaluated_at,
    cast(_log_index as bigint) as _log_index
from joined
