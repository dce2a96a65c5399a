-- The end of the claims is a mark here, as it moves: docs/decisions/0050-an-end-that-moves-with-the-claims-is-a-mark.md
-- depends_on: {{ ref('int_versions__affected') }}
{{ replaced_by_asset('int_versions__affected') }}

with

versions as (

    select * from {{ of_assets(ref('int_asset_versions__ended'), ref('int_versions__affected')) }} as ended_versions

),

observations as (

    select * from {{ ref('int_asset_versions__observed') }}

),

coverage as (

    select * from {{ notification_stretches(ref('int_claims__covered')) }} as stretches

),

observed as (

    select
        versions.*,
        greatest(versions.live_from, observations.observed_to) as observed_to
    from versions
    left join observations
        on
            versions.asset_id_cloudinary = observations.asset_id_cloudinary
            and versions.version_number = observations.version_number

),

claimed as (

    -- From an instant that a complete claim covers on nothing was missed up to the end of what is claimed.
    select
        observed.asset_version_key,
        max(case when observed.live_from >= {{ known_from('coverage') }} then coverage.covered_to end)
            as begun_covered_to,
        bool_or(observed.live_from >= {{ known_from('coverage') }} and coverage.is_last) as is_begun_in_last,
        bool_or(coverage.is_last) as is_in_last,
        max(coverage.covered_to) as covered_to
    from observed
    inner join coverage
        on
            (observed.live_from >= {{ known_from('coverage') }} and observed.live_from <= coverage.covered_to)
            or (observed.observed_to >= {{ known_from('coverage') }} and observed.observed_to <= coverage.covered_to)
    group by observed.asset_version_key

),

known as (

    -- A change that no notification told refutes the claim that all were: then only what was observed is sure.
    select
        observed.*,
        claimed.begun_covered_to,
        coalesce(claimed.is_begun_in_last, false) as is_begun_in_last,
        coalesce(
            observed.is_current
            and claimed.is_in_last
            and claimed.covered_to >= greatest(observed.live_from, observed.observed_to),
            false
        ) as is_sure_as_claimed,
        least(
            observed.live_to,
            greatest(
                observed.live_from,
                observed.observed_to,
                case when observed.is_end_told then claimed.covered_to end
            )
        ) as live_surely_to
    from observed
    left join claimed
        on observed.asset_version_key = claimed.asset_version_key

),

graded as (

    select
        *,
        case
            when evidence_source = 'unclear' or (evidence_source = 'notification' and etag is null) then 'unknown'
            when evidence_source = 'notification' and begun_covered_to is not null then 'confirmed'
            else 'derived'
        end as begin_evidence_grade,
        case
            when evidence_source = 'unclear' or (evidence_source = 'notification' and etag is null)
                then 'bytes_not_told'
            when evidence_source = 'detail' then 'begin_by_detail'
            when evidence_source = 'backup' then 'begin_by_backup'
            when evidence_source = 'listing' then 'begin_by_listing'
            when begun_covered_to is null then 'begin_not_claimed'
            when not is_end_told then 'end_by_listing'
            when is_current and not is_begun_in_last then 'not_claimed_throughout'
            when not is_current and begun_covered_to < live_to then 'not_claimed_throughout'
            else 'notified'
        end as evidence_reason
    from known

)

select
    asset_version_key,
    asset_key,
    asset_id_cloudinary,
    uploaded_by_id,
    uploaded_by_type,
    ended_by_id,
    ended_by_type,
    public_id_at_upload,
    etag,
    format_code,
    content_hash,
    content_outcome,
    evidence_source,
    case
        when begin_evidence_grade = 'unknown' then 'unknown'
        when evidence_reason = 'notified' then 'confirmed'
        else 'derived'
    end as evidence_grade,
    begin_evidence_grade,
    evidence_reason,
    ended_by,
    version_number,
    size_bytes,
    width_px,
    height_px,
    is_current,
    is_sure_as_claimed,
    asset_created_at,
    live_from,
    case when not is_sure_as_claimed then live_surely_to end as live_surely_to,
    live_to,
    -- What another version may have taken the place of: only where the end is bounded and not told.
    min(case when not is_current and live_surely_to < live_to then live_surely_to end)
        over (partition by asset_id_cloudinary) as first_doubt_at,
    _loaded_at,
    _log_index
from graded
