-- depends_on: {{ ref('int_references__affected') }}
-- depends_on: {{ ref('int_increments__weighed') }}
{{ replaced_by_partition('reference_key', 'int_references__affected', always=is_no_asset_use('reference_key')) }}

with

candidates as (

    select * from {{ ref('int_candidates__matched') }}

),

approvals as (

    select
        *,
        {{ join_key('approval_key') }} as approval_join_key,
        count(*) over (partition by asset_id_cloudinary, etag) as approval_count
    from {{ ref('int_approvals__granted') }}

),

approved_versions as (

    select * from {{ ref('int_asset_versions__approved') }}

),

considered as (

    select
        candidates.*,
        -- Nothing may have been missed from the upload of the bytes to the judged instant; of a reference that names
        -- no bytes, from the first version on.
        coalesce(candidates.uploaded_at >= candidates.known_from, false)
        and (not candidates.is_any_version or coalesce(candidates.asset_created_at >= candidates.known_from, false))
            as is_history_covered,
        -- That there was no approval is known only where everything since the asset was made is.
        coalesce(candidates.asset_created_at >= candidates.known_from, false) as is_absence_covered
    from candidates

),

standings as (

    -- One row per approval of the bytes, and one where there is none.
    select
        considered.*,
        approvals.approval_key,
        approvals.approval_join_key,
        approvals.approval_count,
        approvals.granted_at,
        approvals._loaded_at as _approval_loaded_at,
        {{ is_segment_allowed('approvals', 'considered') }} as is_segment_allowed,
        {{ is_jurisdiction_allowed('approvals', 'considered') }} as is_jurisdiction_allowed,
        {{ is_offer_allowed('approvals', 'considered') }} as is_offer_allowed,
        {{ standing_of('approvals', 'considered') }} as standing
    from considered
    left join approvals
        on
            considered.asset_id_cloudinary = approvals.asset_id_cloudinary
            and considered.etag = approvals.etag

),

ranked_standings as (

    -- Nearly all bytes were approved once or never: only where they were more often there is one to choose.
    select
        *,
        row_number() over (
            partition by reference_key, asset_version_key
            order by
                case standing
                    when 'in_force' then 1
                    when 'within_clock_uncertainty' then 2
                    when 'approval_uncertain' then 3
                    when 'validity_ended' then 4
                    when 'not_yet_valid' then 5
                    when 'approval_ended' then 6
                    when 'history_not_covered' then 7
                    else 8
                end asc nulls last,
                granted_at desc nulls last,
                approval_key asc nulls last
        ) as standing_number
    from standings
    where approval_count > 1

),

stood as (

    select
        *,
        1 as standing_number
    from standings
    where coalesce(approval_count, 1) = 1

    union all

    select * from ranked_standings
    where standing_number = 1

),

newer_versions as (

    select
        considered.reference_key,
        considered.asset_version_key as candidate_version_key,
        considered.judged_at,
        considered.judged_from,
        considered.judged_to,
        considered.superseded_if_before,
        approved_versions.asset_version_key,
        approved_versions.approval_key,
        approved_versions.uploaded_at,
        approved_versions.ended_at,
        approved_versions.valid_to,
        approved_versions.in_force_from,
        lag(least(approved_versions.ended_at, approved_versions.valid_to)) over (
            partition by
                considered.reference_key, considered.asset_version_key, approved_versions.asset_version_key
            order by approved_versions.in_force_from asc nulls last, approved_versions.approval_key asc nulls last
        ) as previous_in_force_to
    from considered
    inner join approved_versions
        on
            considered.asset_id_cloudinary = approved_versions.asset_id_cloudinary
            and approved_versions.uploaded_at > considered.last_uploaded_at
    where
        approved_versions.etag <> considered.etag
        and approved_versions.is_certain
        and approved_versions.uploaded_at <= considered.judged_from
        and approved_versions.granted_at >= considered.known_from
        and approved_versions.in_force_from < least(approved_versions.ended_at, approved_versions.valid_to)
        and {{ is_eligible('approved_versions', 'considered') }}

),

stretched as (

    select
        *,
        sum(case when in_force_from <= previous_in_force_to then 0 else 1 end) over (
            partition by reference_key, candidate_version_key, asset_version_key
            order by in_force_from asc nulls last, approval_key asc nulls last
            rows between unbounded preceding and current row
        ) as stretch_number
    from newer_versions

),

stretches as (

    -- Approved anew without a break is still in force: the grace days run from the start of the unbroken stretch.
    select
        reference_key,
        candidate_version_key,
        asset_version_key,
        max(uploaded_at) as uploaded_at
    from stretched
    group by reference_key, candidate_version_key, asset_version_key, stretch_number
    having
        min(in_force_from) < min(superseded_if_before)
        and min(in_force_from) <= min(judged_from)
        and bool_or(ended_at > judged_to and valid_to > judged_at)

),

successors as (

    select
        reference_key,
        candidate_version_key,
        asset_version_key,
        row_number() over (
            partition by reference_key, candidate_version_key
            order by uploaded_at desc nulls last, asset_version_key asc nulls last
        ) as successor_number
    from stretches

),

judged as (

    select
        stood.reference_key,
        stood.asset_version_key,
        stood.version_join_key,
        stood.asset_id_cloudinary,
        stood.is_only_candidate,
        stood.etag,
        stood.version_number,
        stood.evidence_grade as version_evidence_grade,
        stood.judged_at,
        stood.approval_key,
        stood.approval_join_key,
        successors.asset_version_key as superseding_asset_version_key,
        greatest(
            stood._reference_loaded_at, stood._loaded_at, stood._approval_loaded_at, stood.claimed_at
        ) as recorded_at,
        stood._reference_loaded_at is not null as has_lateness_rule,
        case
            when stood.etag is null then 'version_unknown'
            when not stood.is_history_covered then 'history_not_covered'
            when stood.evidence_grade <> 'confirmed' then 'version_not_notified'
            when coalesce(stood.standing, 'approved_later') = 'approved_later' and not stood.is_absence_covered
                then 'history_not_covered'
            when stood.is_doubtful then 'version_in_doubt'
            else {{ reason_by_approval('stood', 'successors.asset_version_key is not null') }}
        end as verdict_reason
    from stood
    left join successors
        on
            stood.reference_key = successors.reference_key
            and stood.asset_version_key = successors.candidate_version_key
            and successors.successor_number = 1

)

select
    judged.reference_key,
    judged.asset_version_key,
    judged.version_join_key,
    judged.approval_key,
    judged.approval_join_key,
    case when judged.verdict_reason = 'newer_version_in_force' then judged.superseding_asset_version_key end
        as superseding_asset_version_key,
    judged.asset_id_cloudinary,
    judged.etag,
    judged.version_evidence_grade,
    judged.verdict_reason,
    judged.version_number,
    judged.is_only_candidate,
    judged.has_lateness_rule
    and {{ is_recorded_late('judged.recorded_at', 'judged.judged_at') }} as is_late,
    judged.recorded_at
from judged
