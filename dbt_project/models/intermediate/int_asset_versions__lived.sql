with

versions as (

    select * from {{ ref('int_asset_versions__told') }}

),

notifications as (

    select * from {{ ref('stg_cloudinary__notifications') }}

),

absences as (

    select * from {{ ref('int_asset_absences__ended') }}

),

observations as (

    select * from {{ ref('int_asset_versions__observed') }}

),

contents as (

    -- Other bytes than the version's say nothing of its form.
    select
        asset_id_cloudinary,
        version_number,
        etag,
        outcome,
        case when is_etag_matched then seen_content_hash end as content_hash,
        case when is_etag_matched then format_code end as format_code,
        case when is_etag_matched then size_bytes end as size_bytes,
        case when is_etag_matched then width_px end as width_px,
        case when is_etag_matched then height_px end as height_px
    from {{ ref('stg_cloudinary__asset_contents') }}

),

assets as (

    select * from {{ ref('stg_cloudinary__resources') }}

),

coverage as (

    select
        covered_from,
        covered_to,
        covered_to = max(covered_to) over () as is_last
    from {{ ref('int_claims__covered') }}
    where system_code = 'cloudinary' and stream_name = 'notifications'

),

first_uploads as (

    select
        *,
        rank() over (partition by asset_id_cloudinary order by live_from asc) as upload_number
    from versions
    where is_notified and evidence_source <> 'unclear'

),

first_overwritings as (

    select
        asset_id_cloudinary,
        bool_and(is_overwritten) as has_overwritten
    from first_uploads
    where upload_number = 1
    group by asset_id_cloudinary

),

creations as (

    -- When the asset was made: by the listing, else by the first upload seen, unless that one overwrote another.
    select
        versions.asset_id_cloudinary,
        case
            when min(assets.created_at) is null and bool_or(first_overwritings.has_overwritten) then {{ open_start() }}
            else least(min(assets.created_at), min(versions.live_from))
        end as asset_created_at
    from versions
    left join assets
        on versions.asset_id_cloudinary = assets.asset_id_cloudinary
    left join first_overwritings
        on versions.asset_id_cloudinary = first_overwritings.asset_id_cloudinary
    group by versions.asset_id_cloudinary

),

changes as (

    select
        asset_id_cloudinary,
        live_from as changed_at,
        case evidence_source when 'unclear' then 'unclear' else 'replaced' end as change,
        is_notified,
        uploaded_by_id as changed_by_id,
        uploaded_by_type as changed_by_type
    from versions

    union all

    select
        asset_id_cloudinary,
        occurred_at as changed_at,
        'deleted' as change,
        true as is_notified,
        triggered_by_id as changed_by_id,
        triggered_by_type as changed_by_type
    from notifications
    where notification_type = 'delete' and asset_id_cloudinary is not null and occurred_at is not null

    union all

    select
        asset_id_cloudinary,
        absent_at as changed_at,
        'absent' as change,
        false as is_notified,
        cast(null as {{ text_type() }}) as changed_by_id,
        cast(null as {{ text_type() }}) as changed_by_type
    from absences

),

boundaries as (

    -- Of several within one second the deletion is the end; who did it is told where all were the same one.
    select
        asset_id_cloudinary,
        changed_at,
        bool_or(change = 'deleted') as is_deletion,
        case
            when bool_or(change = 'deleted') then 'deleted'
            when bool_or(change = 'replaced') then 'replaced'
            else min(change)
        end as change,
        bool_or(is_notified) as is_notified,
        case
            when count(*) = count(changed_by_id) and min(changed_by_id) = max(changed_by_id) then min(changed_by_id)
        end as changed_by_id,
        case
            when count(*) = count(changed_by_type) and min(changed_by_type) = max(changed_by_type)
                then min(changed_by_type)
        end as changed_by_type
    from changes
    group by asset_id_cloudinary, changed_at

),

spans as (

    -- Two overwrites within one second share their span: nothing says which of them was live.
    select
        *,
        lead(changed_at) over (partition by asset_id_cloudinary order by changed_at asc) as next_changed_at,
        lead(change) over (partition by asset_id_cloudinary order by changed_at asc) as next_change,
        lead(is_notified) over (partition by asset_id_cloudinary order by changed_at asc) as is_next_notified,
        lead(changed_by_id) over (partition by asset_id_cloudinary order by changed_at asc) as next_changed_by_id,
        lead(changed_by_type) over (partition by asset_id_cloudinary order by changed_at asc) as next_changed_by_type
    from boundaries

),

ended as (

    select
        versions.*,
        case when spans.is_deletion then 'deleted' else coalesce(spans.next_change, 'open') end as ended_by,
        case when spans.is_deletion then spans.changed_by_id else spans.next_changed_by_id end as ended_by_id,
        case when spans.is_deletion then spans.changed_by_type else spans.next_changed_by_type end as ended_by_type,
        case when spans.is_deletion then true else spans.is_next_notified end as is_end_notified,
        case when spans.is_deletion then spans.changed_at else coalesce(spans.next_changed_at, {{ open_end() }}) end
            as live_to,
        greatest(versions.live_from, observations.observed_to) as observed_to
    from versions
    inner join spans
        on
            versions.asset_id_cloudinary = spans.asset_id_cloudinary
            and versions.live_from = spans.changed_at
    left join observations
        on
            versions.asset_id_cloudinary = observations.asset_id_cloudinary
            and versions.version_number = observations.version_number

),

claimed as (

    -- From an instant that a complete claim covers on nothing was missed up to the end of what is claimed.
    select
        ended.asset_version_key,
        max(case when ended.live_from >= {{ known_from('coverage') }} then coverage.covered_to end) as begun_covered_to,
        bool_or(ended.live_from >= {{ known_from('coverage') }} and coverage.is_last) as is_begun_in_last,
        max(coverage.covered_to) as covered_to
    from ended
    inner join coverage
        on
            (ended.live_from >= {{ known_from('coverage') }} and ended.live_from <= coverage.covered_to)
            or (ended.observed_to >= {{ known_from('coverage') }} and ended.observed_to <= coverage.covered_to)
    group by ended.asset_version_key

),

known as (

    -- A change that no notification told refutes the claim that all were: then only what was observed is sure.
    select
        ended.*,
        claimed.begun_covered_to,
        coalesce(claimed.is_begun_in_last, false) as is_begun_in_last,
        least(
            ended.live_to,
            greatest(
                ended.live_from,
                ended.observed_to,
                case when ended.ended_by = 'open' or ended.is_end_notified then claimed.covered_to end
            )
        ) as live_surely_to
    from ended
    left join claimed
        on ended.asset_version_key = claimed.asset_version_key

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
            when ended_by <> 'open' and not is_end_notified then 'end_by_listing'
            when ended_by = 'open' and not is_begun_in_last then 'not_claimed_throughout'
            when ended_by <> 'open' and begun_covered_to < live_to then 'not_claimed_throughout'
            else 'notified'
        end as evidence_reason
    from known

)

select
    graded.asset_version_key,
    {{ surrogate_key(['graded.asset_id_cloudinary']) }} as asset_key,
    graded.asset_id_cloudinary,
    graded.uploaded_by_id,
    graded.uploaded_by_type,
    graded.ended_by_id,
    graded.ended_by_type,
    graded.public_id_at_upload,
    graded.etag,
    coalesce(graded.format_code, contents.format_code) as format_code,
    contents.content_hash,
    contents.outcome as content_outcome,
    graded.evidence_source,
    case
        when graded.begin_evidence_grade = 'unknown' then 'unknown'
        when graded.evidence_reason = 'notified' then 'confirmed'
        else 'derived'
    end as evidence_grade,
    graded.begin_evidence_grade,
    graded.evidence_reason,
    graded.ended_by,
    graded.version_number,
    coalesce(graded.size_bytes, contents.size_bytes) as size_bytes,
    coalesce(graded.width_px, contents.width_px) as width_px,
    coalesce(graded.height_px, contents.height_px) as height_px,
    graded.ended_by = 'open' as is_current,
    creations.asset_created_at,
    graded.live_from,
    graded.live_surely_to,
    graded.live_to,
    -- What another version may have taken the place of: only where the end is bounded and not told.
    min(case when graded.ended_by <> 'open' and graded.live_surely_to < graded.live_to then graded.live_surely_to end)
        over (partition by graded.asset_id_cloudinary) as first_doubt_at,
    graded._loaded_at,
    graded._log_index
from graded
left join creations
    on graded.asset_id_cloudinary = creations.asset_id_cloudinary
left join contents
    on
        graded.asset_id_cloudinary = contents.asset_id_cloudinary
        and graded.version_number = contents.version_number
        and graded.etag = contents.etag
