-- depends_on: {{ ref('int_approvals__affected') }}
{{ replaced_by_asset('int_approvals__affected') }}

with

approval_events as (

    select * from {{ of_assets(ref('int_approval_events__read'), ref('int_approvals__affected')) }} as read_events

),

versions as (

    select * from {{ of_assets(ref('int_asset_versions__lived'), ref('int_approvals__affected')) }} as lived

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
        approval_events.state_hash,
        approval_events.previous_state_hash,
        approval_events.occurred_at,
        approval_events._log_index
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
        state_hash,
        previous_state_hash,
        is_certain,
        occurred_at,
        _log_index
    from grants

    union all

    select
        asset_id_cloudinary,
        etag,
        notification_key,
        'revoked' as decision,
        '' as terms_hash,
        state_hash,
        previous_state_hash,
        true as is_certain,
        occurred_at,
        _log_index
    from revocations

),

neighboured as (

    select
        *,
        count(*) over (partition by asset_id_cloudinary, etag, occurred_at) as step_count,
        min(decision || terms_hash) over (partition by asset_id_cloudinary, etag, occurred_at)
        = max(decision || terms_hash) over (partition by asset_id_cloudinary, etag, occurred_at) as is_unanimous,
        bool_and(is_certain) over (partition by asset_id_cloudinary, etag, occurred_at) as are_all_certain,
        coalesce(
            lag(state_hash)
                over (partition by asset_id_cloudinary, etag, occurred_at order by notification_key asc nulls last),
            lead(state_hash)
                over (partition by asset_id_cloudinary, etag, occurred_at order by notification_key asc nulls last)
        ) as other_state_hash,
        coalesce(
            lag(previous_state_hash) over (
                partition by asset_id_cloudinary, etag, occurred_at order by notification_key asc nulls last
            ),
            lead(previous_state_hash) over (
                partition by asset_id_cloudinary, etag, occurred_at order by notification_key asc nulls last
            )
        ) as other_previous_state_hash,
        row_number() over (
            partition by asset_id_cloudinary, etag, occurred_at order by notification_key asc nulls last
        ) as number_in_second,
        lag(state_hash, 1) over (
            partition by asset_id_cloudinary, etag order by occurred_at asc nulls last, notification_key asc nulls last
        ) as state_hash_one_before,
        lag(state_hash, 2) over (
            partition by asset_id_cloudinary, etag order by occurred_at asc nulls last, notification_key asc nulls last
        ) as state_hash_two_before
    from steps

),

preceded as (

    select
        *,
        case number_in_second when 1 then state_hash_one_before when 2 then state_hash_two_before end
            as earlier_state_hash
    from neighboured

),

linked as (

    -- Of two steps within one second that one is the second which says that it changed what the other one left, unless
    -- what stood before that second was the same.
    select
        *,
        coalesce(
            step_count = 2
            and previous_state_hash = other_state_hash
            and previous_state_hash is distinct from earlier_state_hash,
            false
        ) as is_behind,
        coalesce(
            step_count = 2
            and other_previous_state_hash = state_hash
            and other_previous_state_hash is distinct from earlier_state_hash,
            false
        ) as is_before
    from preceded

),

ordered as (

    -- Where nothing says which came first the approval stands last and is not certain: neither green nor a violation.
    select
        asset_id_cloudinary,
        etag,
        notification_key,
        decision,
        terms_hash,
        occurred_at,
        _log_index,
        are_all_certain and (step_count = 1 or is_unanimous or is_behind <> is_before) as is_certain,
        case
            when is_behind <> is_before then case when is_behind then 2 else 1 end
            when decision = 'revoked' then 1
            else 2
        end as step_number
    from linked

),

compared as (

    select
        *,
        lag(decision) over (
            partition by asset_id_cloudinary, etag
            order by occurred_at asc nulls last, step_number asc nulls last, notification_key asc nulls last
        ) as previous_decision,
        lag(terms_hash) over (
            partition by asset_id_cloudinary, etag
            order by occurred_at asc nulls last, step_number asc nulls last, notification_key asc nulls last
        ) as previous_terms_hash,
        lag(is_certain) over (
            partition by asset_id_cloudinary, etag
            order by occurred_at asc nulls last, step_number asc nulls last, notification_key asc nulls last
        ) as was_certain
    from ordered

),

effective as (

    select
        *,
        lead(decision) over (
            partition by asset_id_cloudinary, etag
            order by occurred_at asc nulls last, step_number asc nulls last, notification_key asc nulls last
        ) as next_decision,
        lead(occurred_at) over (
            partition by asset_id_cloudinary, etag
            order by occurred_at asc nulls last, step_number asc nulls last, notification_key asc nulls last
        ) as next_occurred_at,
        lead(_log_index) over (
            partition by asset_id_cloudinary, etag
            order by occurred_at asc nulls last, step_number asc nulls last, notification_key asc nulls last
        ) as next_log_index
    from compared
    where
        previous_decision is null
        or decision <> previous_decision
        or terms_hash <> previous_terms_hash
        or is_certain <> was_certain

),

intervals as (

    select
        grants.*,
        effective.is_certain as is_certain_step,
        effective.next_log_index as ended_log_index,
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
                case when versions.live_from <= intervals.granted_at then versions.live_from end desc nulls last,
                versions.live_from asc nulls last,
                versions.asset_version_key asc nulls last
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
    intervals.is_certain_step as is_certain,
    intervals.granted_at,
    intervals.ended_at,
    intervals.valid_from,
    intervals.valid_to,
    intervals._loaded_at,
    intervals._log_index,
    intervals.ended_log_index as _ended_log_index
from intervals
left join version_choices
    on
        intervals.approval_event_key = version_choices.approval_event_key
        and version_choices.choice_number = 1
