-- depends_on: {{ ref('int_exposures__affected') }}
-- depends_on: {{ ref('int_increments__weighed') }}
{{ replaced_by_partition('asset_use_key', 'int_exposures__affected', unlike=['exposure_version_key']) }}

with

served as (

    select * from {{ ref('int_exposures__served') }}

),

exposures as (

    select * from {{ ref('fct_exposures') }}

),

verdicts as (

    select * from {{ ref('verdicts') }}

),

approvals as (

    select
        {{ join_key('approval_key') }} as approval_join_key,
        approval_key,
        evidence_grade
    from {{ ref('int_approvals__granted') }}

),

instants as (

    select
        *,
        row_number() over (
            partition by exposure_version_key
            order by own_severity_rank asc nulls last, judged_at asc nulls last
        ) as worst_number
    from {{ ref('int_exposures__judged') }}

),

worst_instants as (

    select * from instants
    where worst_number = 1

),

compared as (

    -- What was live when the letter was composed has the verdict of that instant, too.
    select
        served.*,
        exposures.communication_key,
        exposures.asset_use_id,
        worst_instants.own_verdict,
        worst_instants.own_verdict_reason,
        worst_instants.own_severity_rank,
        worst_instants.judged_at,
        case
            when
                served.served_from <= {{ latest_by_clocks('exstream', 'served.composed_at') }}
                and served.served_to > {{ earliest_by_clocks('exstream', 'served.composed_at') }}
                then verdicts.severity_rank
        end as composition_rank,
        exposures.composition_verdict,
        exposures.composition_verdict_reason,
        exposures.composition_approval_key,
        exposures.composition_evidence_grade,
        approvals.approval_key as own_approval_key,
        case
            when worst_instants.own_verdict <> 'NO_EVIDENCE'
                then coalesce(approvals.evidence_grade, worst_instants.own_version_evidence_grade)
        end as own_evidence_grade
    from served
    inner join exposures
        on served.asset_use_key = exposures.asset_use_key
    inner join verdicts
        on exposures.composition_verdict = verdicts.verdict
    left join worst_instants
        on served.exposure_version_key = worst_instants.exposure_version_key
    left join approvals
        on worst_instants.approval_join_key = approvals.approval_join_key

),

chosen as (

    select
        *,
        coalesce(composition_rank <= coalesce(own_severity_rank, composition_rank), false) as is_of_composition
    from compared

)

select
    cast(exposure_version_key as {{ text_type() }}) as exposure_version_key,
    cast(asset_use_key as {{ text_type() }}) as asset_use_key,
    cast(communication_key as {{ text_type() }}) as communication_key,
    cast(asset_version_key as {{ text_type() }}) as asset_version_key,
    cast(case when is_of_composition then composition_approval_key else own_approval_key end as {{ text_type() }})
        as approval_key,
    cast(asset_use_id as {{ text_type() }}) as asset_use_id,
    cast(asset_id_cloudinary as {{ text_type() }}) as asset_id_cloudinary,
    cast(etag as {{ text_type() }}) as etag,
    cast(version_number as bigint) as version_number,
    cast(served_from as {{ instant_type() }}) as served_from,
    cast(served_to as {{ instant_type() }}) as served_to,
    cast(possibly_served_to as {{ instant_type() }}) as possibly_served_to,
    cast(composition_rank is not null as boolean) as is_at_composition,
    cast(served_to <= composed_at as boolean) as is_by_edge_only,
    cast(case when is_of_composition then composition_verdict else own_verdict end as {{ text_type() }}) as verdict,
    cast(case when is_of_composition then composition_verdict_reason else own_verdict_reason end as {{ text_type() }})
        as verdict_reason,
    cast(
        coalesce(case when is_of_composition then composition_evidence_grade else own_evidence_grade end, 'unknown')
        as {{ text_type() }}
    ) as evidence_grade,
    cast(case when is_of_composition then composed_at else judged_at end as {{ instant_type() }}) as verdict_at
from chosen
