-- depends_on: {{ ref('int_references__affected') }}
-- depends_on: {{ ref('int_references__unioned') }}
-- depends_on: {{ ref('int_increments__weighed') }}
{{ replaced_by_partition('reference_key', 'int_references__affected', always=is_no_asset_use('reference_key')) }}

with

asset_references as (

    select * from {{ ref('int_references__covered') }}

),

reference_assets as (

    select * from {{ ref('int_reference_assets__resolved') }}

),

candidates as (

    select *
    from {{ of_replaced_partitions(ref('int_candidates__judged'), 'reference_key', ref('int_references__unioned')) }}

),

verdict_reasons as (

    select * from {{ ref('verdict_reasons') }}

),

assets_by_reference as (

    select
        reference_key,
        asset_id_cloudinary,
        true as is_one_asset
    from reference_assets
    where is_only_asset

    union all

    select
        reference_key,
        min(asset_id_cloudinary) as asset_id_cloudinary,
        min(asset_id_cloudinary) = max(asset_id_cloudinary) as is_one_asset
    from reference_assets
    where not coalesce(is_only_asset, false)
    group by reference_key

),

several_candidates as (

    -- Where nothing says that a candidate is the only one, they are counted.
    select reference_key
    from candidates
    where not coalesce(is_only_candidate, false)
    group by reference_key
    having count(*) > 1

),

candidates_by_reference as (

    select
        candidates.reference_key,
        1 as candidate_count,
        true as is_one_verdict,
        verdict_reasons.verdict,
        candidates.verdict_reason,
        candidates.asset_version_key,
        candidates.version_join_key,
        candidates.approval_key,
        candidates.approval_join_key,
        candidates.superseding_asset_version_key,
        candidates.etag,
        candidates.version_evidence_grade,
        candidates.version_number is not null as is_one_version_number,
        candidates.version_number,
        candidates.is_late,
        candidates.recorded_at
    from candidates
    inner join verdict_reasons
        on candidates.verdict_reason = verdict_reasons.verdict_reason
    left join several_candidates
        on candidates.reference_key = several_candidates.reference_key
    where several_candidates.reference_key is null

    union all

    select
        candidates.reference_key,
        count(*) as candidate_count,
        min(verdict_reasons.verdict) = max(verdict_reasons.verdict) as is_one_verdict,
        min(verdict_reasons.verdict) as verdict,
        min(candidates.verdict_reason) as verdict_reason,
        min(candidates.asset_version_key) as asset_version_key,
        min(candidates.version_join_key) as version_join_key,
        min(candidates.approval_key) as approval_key,
        min(candidates.approval_join_key) as approval_join_key,
        min(candidates.superseding_asset_version_key) as superseding_asset_version_key,
        min(candidates.etag) as etag,
        -- The worst of them: confirmed, derived, unknown.
        max(candidates.version_evidence_grade) as version_evidence_grade,
        min(candidates.version_number) = max(candidates.version_number) as is_one_version_number,
        min(candidates.version_number) as version_number,
        bool_or(candidates.is_late) as is_late,
        max(candidates.recorded_at) as recorded_at
    from candidates
    inner join verdict_reasons
        on candidates.verdict_reason = verdict_reasons.verdict_reason
    inner join several_candidates
        on candidates.reference_key = several_candidates.reference_key
    group by candidates.reference_key

),

reasoned as (

    select
        asset_references.reference_key,
        asset_references.reference_type,
        asset_references.subject_key,
        -- Of uses and exposures, which are many, the text of the key would be most of the table.
        case
            when asset_references.reference_type not in ('asset_use', 'exposure') then asset_references.coverage_key
        end as coverage_key,
        assets_by_reference.is_one_asset,
        assets_by_reference.asset_id_cloudinary,
        candidates_by_reference.candidate_count,
        candidates_by_reference.asset_version_key,
        candidates_by_reference.version_join_key,
        candidates_by_reference.approval_key,
        candidates_by_reference.approval_join_key,
        candidates_by_reference.superseding_asset_version_key,
        candidates_by_reference.etag,
        candidates_by_reference.is_one_version_number,
        candidates_by_reference.version_number,
        candidates_by_reference.version_evidence_grade,
        coalesce(candidates_by_reference.recorded_at, asset_references._loaded_at) as recorded_at,
        case
            when asset_references.has_conflicts then 'conflicting_records'
            when asset_references.judged_at is null then 'instant_unknown'
            when asset_references.judged_at < asset_references.referenced_at then 'not_yet_evaluated'
            when assets_by_reference.reference_key is null then 'unresolved_reference'
            when asset_references.coverage_key is null then 'window_not_covered'
            when asset_references.delivery_readings is not null then 'address_in_doubt'
            when candidates_by_reference.reference_key is null then 'version_unknown'
            when not candidates_by_reference.is_one_verdict then 'several_candidates'
            else {{ reason_of_reference(
                'candidates_by_reference.verdict_reason',
                "candidates_by_reference.verdict = 'PROVEN'",
                'asset_references.has_layer',
                'candidates_by_reference.is_late'
            ) }}
        end as verdict_reason
    from asset_references
    left join assets_by_reference
        on asset_references.reference_key = assets_by_reference.reference_key
    left join candidates_by_reference
        on asset_references.reference_key = candidates_by_reference.reference_key

)

select
    reasoned.reference_key,
    reasoned.reference_type,
    reasoned.subject_key,
    reasoned.coverage_key,
    case when reasoned.is_one_asset then reasoned.asset_id_cloudinary end as asset_id_cloudinary,
    case when reasoned.candidate_count = 1 then reasoned.asset_version_key end as asset_version_key,
    case when reasoned.candidate_count = 1 then reasoned.version_join_key end as version_join_key,
    case when reasoned.candidate_count = 1 then reasoned.approval_key end as approval_key,
    case when reasoned.candidate_count = 1 then reasoned.approval_join_key end as approval_join_key,
    case when reasoned.candidate_count = 1 then reasoned.superseding_asset_version_key end
        as superseding_asset_version_key,
    case when reasoned.candidate_count = 1 then reasoned.etag end as etag,
    case when reasoned.is_one_version_number then reasoned.version_number end as version_number,
    verdict_reasons.verdict,
    reasoned.verdict_reason,
    reasoned.version_evidence_grade,
    coalesce(reasoned.candidate_count, 0) as candidate_count,
    reasoned.recorded_at
from reasoned
left join verdict_reasons
    on reasoned.verdict_reason = verdict_reasons.verdict_reason
