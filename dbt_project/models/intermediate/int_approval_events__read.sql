-- depends_on: {{ ref('int_approvals__affected') }}
{{ replaced_by_asset('int_approvals__affected') }}

with

notifications as (

    select * from {{ ref('stg_cloudinary__notifications_of_approvals') }}

),

versions as (

    select * from {{ of_assets(ref('int_asset_versions__lived'), ref('int_approvals__affected')) }} as lived

),

metadata_events as (

    -- An upload carries metadata too: it may grant, it never ends an approval.
    select
        *,
        coalesce(approval_status_code = '{{ var("approval_fields")["approved_value"] }}', false) as is_approved,
        coalesce(previous_approval_status_code = '{{ var("approval_fields")["approved_value"] }}', false)
            as was_approved_by_vendor,
        {{ surrogate_key([
            'approved_etag', 'approver_id', 'valid_from_raw', 'valid_to_raw',
            'segments_list', 'jurisdictions_list', 'offers_list'
        ]) }} as terms_hash,
        {{ surrogate_key([
            'previous_approved_etag', 'previous_approver_id', 'previous_valid_from_raw', 'previous_valid_to_raw',
            'previous_segments_list', 'previous_jurisdictions_list', 'previous_offers_list'
        ]) }} as terms_hash_by_vendor
    from notifications
    where
        (notification_type = 'resource_metadata_changed' or (notification_type = 'upload' and has_new_metadata))
        and asset_id_cloudinary is not null
        and occurred_at is not null

),

followed as (

    select
        *,
        lag(is_approved) over (
            partition by asset_id_cloudinary order by occurred_at asc nulls last, notification_key asc nulls last
        ) as is_approved_before,
        lag(terms_hash) over (
            partition by asset_id_cloudinary order by occurred_at asc nulls last, notification_key asc nulls last
        ) as terms_hash_before
    from metadata_events

),

compared as (

    -- What stood before: by the vendor's own word where the event says it, else by the event before.
    select
        *,
        case
            when has_previous_metadata then was_approved_by_vendor
            else coalesce(is_approved_before, false)
        end as was_approved,
        case
            when has_previous_metadata then terms_hash_by_vendor
            else terms_hash_before
        end as previous_terms_hash,
        {{ surrogate_key(['approval_status_code', 'terms_hash']) }} as state_hash,
        case
            when has_previous_metadata
                then {{ surrogate_key(['previous_approval_status_code', 'terms_hash_by_vendor']) }}
        end as previous_state_hash
    from followed

),

decided as (

    select
        *,
        case
            when is_approved and (not was_approved or terms_hash is distinct from previous_terms_hash) then 'granted'
            when not is_approved and notification_type <> 'upload' then 'revoked'
        end as decision
    from compared

),

bound as (

    -- Without an etag the approval speaks of the bytes live at its instant; the upload's own, where it is an upload.
    select
        decided.notification_key,
        coalesce(
            decided.approved_etag,
            case when decided.notification_type = 'upload' then decided.etag end,
            versions.etag
        ) as etag,
        case
            when decided.approved_etag is not null then 'confirmed'
            when versions.etag is null and decided.notification_type <> 'upload' then 'unknown'
            else 'derived'
        end as evidence_grade,
        -- Behind the instant up to which the version was surely live another one may have taken its place.
        coalesce(decided.occurred_at > versions.live_surely_to, false) as is_doubtful
    from decided
    left join versions
        on
            decided.asset_id_cloudinary = versions.asset_id_cloudinary
            -- Of an overwrite within the same second nothing says whether it came before the approval or behind it.
            and decided.occurred_at >= versions.live_from
            and decided.occurred_at <= versions.live_to
            and decided.approved_etag is null
            and decided.notification_type <> 'upload'
    where decided.decision = 'granted'

),

counted as (

    select
        notification_key,
        etag,
        evidence_grade,
        bool_or(is_doubtful) as is_doubtful,
        count(*) over (partition by notification_key) as bytes_count
    from bound
    group by notification_key, etag, evidence_grade

)

select
    {{ surrogate_key(['decided.notification_key', 'counted.etag']) }} as approval_event_key,
    decided.notification_key,
    decided.asset_id_cloudinary,
    decided.decision,
    case when decided.decision = 'granted' then counted.etag else decided.approved_etag end as etag,
    decided.approver_id,
    decided.terms_hash,
    decided.state_hash,
    decided.previous_state_hash,
    coalesce(counted.evidence_grade, 'confirmed') as evidence_grade,
    decided.segments_list,
    decided.jurisdictions_list,
    decided.offers_list,
    -- Not certain: bound to one of several bytes or to such as may not have been live, or with a validity or limits
    -- that cannot be read.
    coalesce(counted.bytes_count, 1) = 1
    and not coalesce(counted.is_doubtful, false)
    and coalesce(decided.has_readable_limits, true)
    and (decided.valid_from_raw is null or decided.valid_from is not null)
    and (decided.valid_to_raw is null or decided.valid_to is not null) as is_certain,
    decided.occurred_at,
    coalesce(decided.valid_from, {{ open_start() }}) as valid_from,
    coalesce(decided.valid_to, {{ open_end() }}) as valid_to,
    decided._loaded_at,
    decided._log_index
from decided
left join counted
    on decided.notification_key = counted.notification_key
where decided.decision is not null
