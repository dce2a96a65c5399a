with

instants as (

    select
        *,
        {{ reference_key('exposure', 'exposure_instant_key') }} as reference_key
    from {{ ref('int_exposures__instants') }}

),

verdicts as (

    select
        reference_key,
        verdict,
        verdict_reason,
        approval_join_key,
        version_evidence_grade
    from {{ ref('int_references__judged') }}
    where reference_type = 'exposure'

),

verdict_ranks as (

    select * from {{ ref('verdicts') }}

),

judged as (

    select
        instants.exposure_instant_key,
        instants.exposure_version_key,
        instants.asset_use_key,
        instants.asset_version_key,
        instants.served_from,
        instants.served_to,
        instants.reading_number,
        instants.is_by_edge_only,
        instants.judged_at,
        verdicts.approval_join_key,
        verdicts.version_evidence_grade as own_version_evidence_grade,
        case when instants.is_doubtful and verdicts.verdict <> 'NO_EVIDENCE' then 'AMBIGUOUS' else verdicts.verdict end
            as own_verdict,
        case
            when instants.is_doubtful and verdicts.verdict <> 'NO_EVIDENCE' then 'version_in_doubt'
            else verdicts.verdict_reason
        end as own_verdict_reason
    from instants
    inner join verdicts
        on instants.reference_key = verdicts.reference_key

),

weighed as (

    -- Of several that may have been served at one instant all have to agree. That the address served anything then is
    -- sure where what it served reaches clear of the instant on both sides.
    select
        judged.*,
        min(own_verdict) over (partition by asset_use_key, judged_at)
        = max(own_verdict) over (partition by asset_use_key, judged_at) as is_one_verdict,
        bool_or(is_by_edge_only) over (partition by asset_use_key, judged_at) as has_edge,
        -- The worst of them: confirmed, derived, unknown.
        max(own_version_evidence_grade) over (partition by asset_use_key, judged_at) as version_evidence_grade,
        count(*) over (partition by asset_use_key, judged_at) as candidate_count,
        -- Which reading of its address is meant is in doubt where several name what is served.
        coalesce(
            min(case when not is_by_edge_only then reading_number end) over (partition by asset_use_key, judged_at)
            < max(case when not is_by_edge_only then reading_number end) over (partition by asset_use_key, judged_at),
            false
        ) as has_several_readings,
        min(served_from) over (partition by asset_use_key, judged_at)
        <= {{ seconds_from('judged_at', '-' ~ var('clock_uncertainty_seconds')) }}
        and max(served_to) over (partition by asset_use_key, judged_at)
        > {{ seconds_from('judged_at', var('clock_uncertainty_seconds')) }} as is_surely_served
    from judged

),

reasoned as (

    select
        weighed.*,
        own_ranks.severity_rank as own_severity_rank,
        case
            when weighed.has_several_readings and (not weighed.is_one_verdict or weighed.own_verdict <> 'NO_EVIDENCE')
                then 'address_in_doubt'
            when not weighed.is_one_verdict and weighed.has_edge then 'served_within_cdn_uncertainty'
            when not weighed.is_one_verdict then 'several_candidates'
            when not weighed.is_surely_served and own_ranks.is_violation then 'served_within_cdn_uncertainty'
            else weighed.own_verdict_reason
        end as verdict_reason,
        case
            when not weighed.is_one_verdict or (not weighed.is_surely_served and own_ranks.is_violation)
                then 'AMBIGUOUS'
            when weighed.has_several_readings and weighed.own_verdict <> 'NO_EVIDENCE' then 'AMBIGUOUS'
            else weighed.own_verdict
        end as verdict
    from weighed
    inner join verdict_ranks as own_ranks
        on weighed.own_verdict = own_ranks.verdict

)

select
    reasoned.exposure_instant_key,
    reasoned.exposure_version_key,
    reasoned.asset_use_key,
    reasoned.asset_version_key,
    reasoned.judged_at,
    reasoned.own_verdict,
    reasoned.own_verdict_reason,
    reasoned.own_severity_rank,
    reasoned.verdict,
    reasoned.verdict_reason,
    verdict_ranks.severity_rank,
    reasoned.candidate_count,
    reasoned.approval_join_key,
    reasoned.own_version_evidence_grade,
    reasoned.version_evidence_grade
from reasoned
inner join verdict_ranks
    on reasoned.verdict = verdict_ranks.verdict
