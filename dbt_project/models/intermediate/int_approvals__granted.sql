with

approval_events as (

    select * from {{ ref('int_approval_events__read') }}

),

versions as (

    select * from {{ ref('int_asset_versions__lived') }}

),

grants as (

    select * from approval_events
    where decision = 'granted'

),

granted_bytes as (

    select distinct
        asset_id_cloudinary,
        etag
    from grants

),

revocations as (

    -- A revocation that names bytes ends their approval, one that names none ends every approval of the asset.
    select
        granted_bytes.asset_id_cloudinary,
        granted_bytes.etag,
        approval_events.notification_key,
        approval_events.occurred_at
    from granted_bytes
    inner join approval_events
        on granted_bytes.asset_id_cloudinary = approval_events.asset_id_cloudinary
    where
        approval_events.decision = 'revoked'
        and (approval_events.etag is null or granted_bytes.etag is null or approval_events.etag = granted_bytes.etag)

),

steps as (

    select
        asset_id_cloudinary,
        etag,
        notification_key,
        'granted' as decision,
        terms_hash,
        occurred_at
    from grants

    union all

    select
        asset_id_cloudinary,
        etag,
        notification_key,
        'revoked' as decision,
        '' as terms_hash,
        occurred_at
    from revocations

),

compared as (

    -- Within one second the revocation stands last: of two readings the one that is never falsely green.
    select
        *,
        lag(decision) over (
            partition by asset_id_cloudinary, etag order by occurred_at asc, decision asc, notification_key asc
        ) as previous_decision,
        lag(terms_hash) over (
            partition by asset_id_cloudinary, etag order by occurred_at asc, decision asc, notification_key asc
        ) as previous_terms_hash
    from steps

),

effective as (

    select
        *,
        lead(decision) over (
            partition by asset_id_cloudinary, etag order by occurred_at asc, decision asc, notification_key asc
        ) as next_decision,
        lead(occurred_at) over (
            partition by asset_id_cloudinary, etag order by occurred_at asc, decision asc, notification_key asc
        ) as next_occurred_at
    from compared
    where
        previous_decision is null
        or decision <> previous_decision
        or terms_hash <> previous_terms_hash

),

intervals as (

    select
        grants.*,
        effective.occurred_at as granted_at,
        coalesce(effective.next_occurred_at, {{ open_end() }}) as ended_at,
        case effective.next_decision when 'revoked' then 'revoked' when 'granted' then 'replaced' else 'open' end
            as ended_by
    from effective
    inner join grants
        on
            effective.notification_key = grants.notification_key
            and effective.asset_id_cloudinary = grants.asset_id_cloudinary
            and effective.etag is not distinct from grants.etag
    where effective.decision = 'granted'

),

version_choices as (

    -- The version that the approval meant: live at the grant, else the last one before it, else the first one after.
    select
        intervals.approval_event_key,
        versions.asset_version_key,
        versions.version_number,
        row_number() over (
            partition by intervals.approval_event_key
            order by
                case
                    when versions.live_from <= intervals.granted_at and intervals.granted_at < versions.live_to then 0
                    when versions.live_from <= intervals.granted_at then 1
                    else 2
                end asc,
                case when versions.live_from <= intervals.granted_at then versions.live_from end desc nulls last,
                versions.live_from asc,
                versions.asset_version_key asc
        ) as choice_number
    from intervals
    inner join versions
        on
            intervals.asset_id_cloudinary = versions.asset_id_cloudinary
            and intervals.etag = versions.etag

)

select
    intervals.approval_event_key as approval_key,
    {{ surrogate_key(['intervals.asset_id_cloudinary']) }} as asset_key,
    version_choices.asset_version_key,
    intervals.asset_id_cloudinary,
    intervals.approver_id,
    intervals.etag,
    intervals.ended_by,
    intervals.evidence_grade,
    intervals.segments_list,
    intervals.jurisdictions_list,
    intervals.offers_list,
    version_choices.version_number,
    intervals.is_certain,
    intervals.granted_at,
    intervals.ended_at,
    intervals.valid_from,
    intervals.valid_to,
    intervals._loaded_at,
    intervals._log_index
from intervals
left join version_choices
    on
        intervals.approval_event_key = version_choices.approval_event_key
        and version_choices.choice_number = 1
