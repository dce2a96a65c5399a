-- depends_on: {{ ref('int_assets__affected') }}
{{ replaced_by_asset('int_assets__affected') }}

with

notifications as (

    select * from {{ ref('stg_cloudinary__notifications_anew') }}

),

details as (

    select * from {{ of_assets(ref('stg_cloudinary__detailed_versions'), ref('int_assets__affected')) }} as detailed

),

backups as (

    select * from {{ of_assets(ref('stg_cloudinary__backup_versions'), ref('int_assets__affected')) }} as backed_up

),

listed as (

    select * from {{ of_assets(ref('stg_cloudinary__listed_versions'), ref('int_assets__affected')) }} as shown

),

only_etags as (

    select
        asset_id_cloudinary,
        version_number,
        min(etag) as etag
    from details
    where not is_placeholder
    group by asset_id_cloudinary, version_number
    having count(distinct etag) = 1

),

named_uploads as (

    -- An upload that names no bytes has those that a detail of the same version shows.
    select
        notifications.*,
        coalesce(notifications.etag, only_etags.etag) as named_etag
    from notifications
    left join only_etags
        on
            notifications.asset_id_cloudinary = only_etags.asset_id_cloudinary
            and notifications.version_number = only_etags.version_number
    where
        (
            notifications.notification_type = 'upload'
            or (
                notifications.notification_type in ('restore', 'restore_asset_version')
                and coalesce(notifications.etag, only_etags.etag) is not null
            )
        )
        and notifications.asset_id_cloudinary is not null
        and notifications.version_number is not null
        and notifications.occurred_at is not null

),

numbered_uploads as (

    -- The same bytes under the same number may be uploaded again; a repeated notification says nothing new.
    select
        *,
        row_number() over (
            partition by asset_id_cloudinary, version_number, named_etag, occurred_at
            order by notification_key asc nulls last
        ) as copy_number,
        dense_rank() over (
            partition by asset_id_cloudinary, version_number, named_etag
            order by occurred_at asc nulls last
        ) as upload_number
    from named_uploads

),

uploads as (

    select * from numbered_uploads
    where copy_number = 1

),

unnamed_events as (

    -- An event that names no asset by its id may have been about any asset that ever had that name.
    select
        *,
        coalesce(from_public_id, public_id) as named_public_id
    from notifications
    where
        asset_id_cloudinary is null
        and notification_type in ('upload', 'rename', 'delete', 'restore', 'restore_asset_version')

),

unclear_events as (

    select
        notifications.asset_id_cloudinary,
        notifications.public_id,
        notifications.triggered_by_id,
        notifications.triggered_by_type,
        notifications.occurred_at,
        notifications._loaded_at,
        notifications._log_index
    from notifications
    left join only_etags
        on
            notifications.asset_id_cloudinary = only_etags.asset_id_cloudinary
            and notifications.version_number = only_etags.version_number
    where
        notifications.asset_id_cloudinary is not null
        and notifications.occurred_at is not null
        and notifications.notification_type in ('restore', 'restore_asset_version')
        and (notifications.version_number is null or coalesce(notifications.etag, only_etags.etag) is null)

    union all

    select
        uploads.asset_id_cloudinary,
        unnamed_events.named_public_id as public_id,
        unnamed_events.triggered_by_id,
        unnamed_events.triggered_by_type,
        unnamed_events.occurred_at,
        unnamed_events._loaded_at,
        unnamed_events._log_index
    from unnamed_events
    inner join uploads
        on
            unnamed_events.named_public_id = uploads.public_id
            and unnamed_events.resource_type is not distinct from uploads.resource_type
            and unnamed_events.occurred_at >= uploads.occurred_at

),

unclear as (

    select
        asset_id_cloudinary,
        public_id,
        occurred_at,
        case when count(distinct triggered_by_id) = 1 then min(triggered_by_id) end as triggered_by_id,
        case when count(distinct triggered_by_type) = 1 then min(triggered_by_type) end as triggered_by_type,
        min(_loaded_at) as _loaded_at,
        min(_log_index) as _log_index
    from unclear_events
    group by asset_id_cloudinary, public_id, occurred_at

),

statements as (

    select
        asset_id_cloudinary,
        triggered_by_id as uploaded_by_id,
        triggered_by_type as uploaded_by_type,
        public_id as public_id_at_upload,
        named_etag as etag,
        format_code,
        case when etag is null and named_etag is not null then 'detail' else 'notification' end as evidence_source,
        1 as source_rank,
        version_number,
        size_bytes,
        width_px,
        height_px,
        upload_number,
        coalesce(is_overwritten, false) as is_overwritten,
        true as is_notified,
        occurred_at as live_from,
        _loaded_at,
        _log_index
    from uploads

    union all

    -- What is delivered from then on nobody has told.
    select
        asset_id_cloudinary,
        triggered_by_id as uploaded_by_id,
        triggered_by_type as uploaded_by_type,
        public_id as public_id_at_upload,
        cast(null as {{ text_type() }}) as etag,
        cast(null as {{ text_type() }}) as format_code,
        'unclear' as evidence_source,
        2 as source_rank,
        {{ epoch_seconds('occurred_at') }} as version_number,
        cast(null as bigint) as size_bytes,
        cast(null as bigint) as width_px,
        cast(null as bigint) as height_px,
        1 as upload_number,
        false as is_overwritten,
        true as is_notified,
        occurred_at as live_from,
        _loaded_at,
        _log_index
    from unclear

    union all

    select
        asset_id_cloudinary,
        cast(null as {{ text_type() }}) as uploaded_by_id,
        cast(null as {{ text_type() }}) as uploaded_by_type,
        public_id as public_id_at_upload,
        etag,
        format_code,
        'detail' as evidence_source,
        3 as source_rank,
        version_number,
        size_bytes,
        width_px,
        height_px,
        1 as upload_number,
        false as is_overwritten,
        false as is_notified,
        {{ instant_from_epoch_seconds('version_number') }} as live_from,
        _loaded_at,
        _log_index
    from details
    where not is_placeholder

    union all

    -- A version that a list of backups names: its bytes are not told there.
    select
        asset_id_cloudinary,
        cast(null as {{ text_type() }}) as uploaded_by_id,
        cast(null as {{ text_type() }}) as uploaded_by_type,
        min(public_id) as public_id_at_upload,
        cast(null as {{ text_type() }}) as etag,
        cast(null as {{ text_type() }}) as format_code,
        'backup' as evidence_source,
        4 as source_rank,
        version_number,
        min(size_bytes) as size_bytes,
        cast(null as bigint) as width_px,
        cast(null as bigint) as height_px,
        1 as upload_number,
        false as is_overwritten,
        false as is_notified,
        {{ instant_from_epoch_seconds('version_number') }} as live_from,
        min(_loaded_at) as _loaded_at,
        min(_log_index) as _log_index
    from backups
    where version_number is not null
    group by asset_id_cloudinary, version_number

    union all

    select
        asset_id_cloudinary,
        cast(null as {{ text_type() }}) as uploaded_by_id,
        cast(null as {{ text_type() }}) as uploaded_by_type,
        public_id as public_id_at_upload,
        cast(null as {{ text_type() }}) as etag,
        format_code,
        'listing' as evidence_source,
        5 as source_rank,
        version_number,
        size_bytes,
        width_px,
        height_px,
        1 as upload_number,
        false as is_overwritten,
        false as is_notified,
        {{ instant_from_epoch_seconds('version_number') }} as live_from,
        _loaded_at,
        _log_index
    from listed
    where version_number is not null and not is_placeholder

),

ranked as (

    select
        *,
        min(source_rank) over (partition by asset_id_cloudinary, version_number, etag) as best_rank,
        max(etag) over (partition by asset_id_cloudinary, version_number) as known_etag,
        row_number() over (
            partition by asset_id_cloudinary, version_number, etag, source_rank, live_from
            order by public_id_at_upload asc nulls last, _loaded_at asc nulls last, _log_index asc nulls last
        ) as copy_number
    from statements

)

-- One statement of each version and etag, by the best of its sources; one without etag where nothing names the bytes.
select
    case
        when upload_number = 1
            then {{ surrogate_key(['asset_id_cloudinary', 'version_number', 'etag']) }}
        else {{ surrogate_key(['asset_id_cloudinary', 'version_number', 'etag', 'upload_number']) }}
    end as asset_version_key,
    asset_id_cloudinary,
    uploaded_by_id,
    uploaded_by_type,
    public_id_at_upload,
    etag,
    format_code,
    evidence_source,
    version_number,
    size_bytes,
    width_px,
    height_px,
    is_overwritten,
    is_notified,
    live_from,
    _loaded_at,
    _log_index
from ranked
where
    copy_number = 1
    and source_rank = best_rank
    and (etag is not null or known_etag is null or evidence_source = 'unclear')
