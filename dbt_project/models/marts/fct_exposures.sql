-- depends_on: {{ ref('int_exposures__affected') }}
-- depends_on: {{ ref('int_increments__weighed') }}
{{ replaced_by_partition('asset_use_key', 'int_exposures__affected', unlike=['asset_use_key']) }}

with

asset_uses as (

    select * from {{ ref('fct_asset_uses') }}
    where binding = 'live_url'

),

exposures as (

    select * from {{ ref('int_exposures__bounded') }}

),

coverage as (

    select * from {{ ref('int_claims__covered') }}
    where system_code = 'cloudinary' and stream_name = 'notifications'

),

covered as (

    select
        exposures.asset_use_key,
        exposures.exposure_days,
        exposures.cdn_uncertainty_seconds,
        exposures.exposure_ends_at,
        exposures.evaluated_to,
        exposures.is_open,
        coverage.coverage_key is not null as is_covered
    from exposures
    left join coverage
        on
            exposures.composed_at >= coverage.covered_from
            and {{ seconds_from('exposures.evaluated_to', var('clock_uncertainty_seconds')) }} <= coverage.covered_to

),

instants as (

    select
        *,
        row_number() over (
            partition by asset_use_key
            order by
                severity_rank asc nulls last,
                judged_at asc nulls last,
                verdict_reason asc nulls last,
                asset_version_key asc nulls last
        ) as worst_number
    from {{ ref('int_exposures__judged') }}

),

worst_instants as (

    select * from instants
    where worst_number = 1

),

approvals as (

    select
        {{ join_key('approval_key') }} as approval_join_key,
        approval_key,
        evidence_grade
    from {{ ref('int_approvals__granted') }}

),

served as (

    select
        asset_use_key,
        count(distinct asset_version_key) as served_version_count
    from {{ ref('int_exposures__served') }}
    group by asset_use_key

),

verdicts as (

    select * from {{ ref('verdicts') }}

),

missing as (

    select severity_rank from verdicts
    where verdict = 'NO_EVIDENCE'

),

compared as (

    -- Exposure begins with composition, so that it is never better; of what is as bad the first counts.
    select
        asset_uses.*,
        covered.exposure_days,
        covered.cdn_uncertainty_seconds,
        covered.exposure_ends_at,
        covered.evaluated_to,
        covered.is_open,
        covered.is_covered,
        coalesce(served.served_version_count, 0) as served_version_count,
        verdicts.severity_rank as composition_rank,
        coalesce(worst_instants.severity_rank < verdicts.severity_rank, false) as is_worse_after,
        worst_instants.verdict as later_verdict,
        worst_instants.verdict_reason as later_verdict_reason,
        worst_instants.severity_rank as later_rank,
        worst_instants.judged_at as later_judged_at,
        case when worst_instants.candidate_count = 1 then worst_instants.asset_version_key end
            as later_asset_version_key,
        approvals.approval_key as later_approval_key,
        case
            when worst_instants.verdict <> 'NO_EVIDENCE'
                then coalesce(approvals.evidence_grade, worst_instants.version_evidence_grade)
        end as later_evidence_grade
    from asset_uses
    inner join covered
        on asset_uses.asset_use_key = covered.asset_use_key
    inner join verdicts
        on asset_uses.verdict = verdicts.verdict
    left join worst_instants
        on asset_uses.asset_use_key = worst_instants.asset_use_key
    left join approvals
        on
            worst_instants.candidate_count = 1
            and worst_instants.approval_join_key = approvals.approval_join_key
    left join served
        on asset_uses.asset_use_key = served.asset_use_key

),

told as (

    select
        *,
        case when is_worse_after then later_verdict else verdict end as told_verdict,
        case when is_worse_after then later_verdict_reason else verdict_reason end as told_verdict_reason,
        case when is_worse_after then later_rank else composition_rank end as told_rank,
        case when is_worse_after then later_judged_at else generated_at end as told_at,
        case when is_worse_after then later_asset_version_key else asset_version_key end as told_asset_version_key,
        case when is_worse_after then later_approval_key else approval_key end as told_approval_key,
        case when is_worse_after then later_evidence_grade else evidence_grade end as told_evidence_grade
    from compared

),

weighed as (

    -- What no complete claim covers is not known; and while a link may still be opened nothing is proven of it.
    select
        told.*,
        told.told_rank > missing.severity_rank and not told.is_covered as is_gap_worse,
        told.told_rank > missing.severity_rank and (told.is_open or not told.is_covered) as is_missing_worse
    from told
    cross join missing

)

select
    cast(asset_use_key as {{ text_type() }}) as asset_use_key,
    cast(communication_key as {{ text_type() }}) as communication_key,
    cast(rendering_key as {{ text_type() }}) as rendering_key,
    cast(asset_key as {{ text_type() }}) as asset_key,
    cast(asset_use_id as {{ text_type() }}) as asset_use_id,
    cast(communication_id_exstream as {{ text_type() }}) as communication_id_exstream,
    cast(channel_code as {{ text_type() }}) as channel_code,
    cast(generated_at as {{ instant_type() }}) as generated_at,
    cast(exposure_days as bigint) as exposure_days,
    cast(cdn_uncertainty_seconds as bigint) as cdn_uncertainty_seconds,
    cast(exposure_ends_at as {{ instant_type() }}) as exposure_ends_at,
    cast(evaluated_to as {{ instant_type() }}) as evaluated_to,
    cast(is_open as boolean) as is_open,
    cast(case when is_missing_worse then 'NO_EVIDENCE' else told_verdict end as {{ text_type() }}) as verdict,
    cast(
        case
            when is_gap_worse then 'window_not_covered'
            when is_missing_worse then 'exposure_still_open'
            else told_verdict_reason
        end as {{ text_type() }}
    ) as verdict_reason,
    cast(case when is_gap_worse then 'NO_EVIDENCE' else told_verdict end as {{ text_type() }}) as verdict_so_far,
    cast(case when is_gap_worse then 'window_not_covered' else told_verdict_reason end as {{ text_type() }})
        as verdict_reason_so_far,
    cast(case when not is_gap_worse then told_at end as {{ instant_type() }}) as worst_at,
    cast(case when not is_gap_worse then told_asset_version_key end as {{ text_type() }}) as worst_asset_version_key,
    cast(case when not is_gap_worse then told_approval_key end as {{ text_type() }}) as approval_key,
    cast(coalesce(case when not is_gap_worse then told_evidence_grade end, 'unknown') as {{ text_type() }})
        as evidence_grade,
    cast(verdict as {{ text_type() }}) as composition_verdict,
    cast(verdict_reason as {{ text_type() }}) as composition_verdict_reason,
    cast(approval_key as {{ text_type() }}) as composition_approval_key,
    cast(evidence_grade as {{ text_type() }}) as composition_evidence_grade,
    cast(is_worse_after as boolean) as is_worse_after_composition,
    cast(served_version_count as bigint) as served_version_count,
    cast(_log_index as bigint) as _log_index
from weighed
