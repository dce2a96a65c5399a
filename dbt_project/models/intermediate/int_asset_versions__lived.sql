with

notifications as (

    select * from {{ ref('stg_cloudinary__notifications') }}

),

resources as (

    select * from {{ ref('stg_cloudinary__resources') }}

),

numbered_uploads as (

    -- The same bytes under the same number may be uploaded again; a repeated notification says nothing new.
    select
        *,
        row_number() over (
            partition by asset_id_cloudinary, version_number, etag, occurred_at
            order by notification_key asc
        ) as copy_number,
        dense_rank() over (
            partition by asset_id_cloudinary, version_number, etag
            order by occurred_at asc
        ) as upload_number,
        rank() over (partition by asset_id_cloudinary order by occurred_at asc) = 1 as is_first_seen
    from notifications
    where
        (
            notification_type = 'upload'
            or (notification_type in ('restore', 'restore_asset_version') and etag is not null)
        )
        and asset_id_cloudinary is not null
        and version_number is not null
        and occurred_at is not null

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
        and occurred_at is not null
        and notification_type in ('upload', 'rename', 'delete', 'restore', 'restore_asset_version')

),

unclear_events as (

    select
        asset_id_cloudinary,
        public_id,
        occurred_at,
        _loaded_at,
        _log_index
    from notifications
    where
        asset_id_cloudinary is not null
        and occurred_at is not null
        and notification_type in ('restore', 'restore_asset_version')
        and (etag is null or version_number is null)

    union all

    select
        uploads.asset_id_cloudinary,
        unnamed_events.named_public_id as public_id,
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
        min(_loaded_at) as _loaded_at,
        min(_log_index) as _log_index
    from unclear_events
    group by asset_id_cloudinary, public_id, occurred_at

),

listed as (

    -- A version that was there before notifications were: known by its number, its bytes are not.
    select resources.*
    from resources
    left join uploads
        on
            resources.asset_id_cloudinary = uploads.asset_id_cloudinary
            and resources.version_number = uploads.version_number
    where
        uploads.asset_id_cloudinary is null
        and resources.version_number is not null
        and not resources.is_placeholder

),

versions as (

    select
        asset_id_cloudinary,
        triggered_by_id as uploaded_by_id,
        public_id as public_id_at_upload,
        etag,
        format_code,
        case when etag is null then 'unknown' else 'confirmed' end as evidence_grade,
        version_number,
        size_bytes,
        width_px,
        height_px,
        upload_number,
        occurred_at as live_from,
        _loaded_at,
        _log_index
    from uploads

    union all

    -- What is delivered from then on nobody has told.
    select
        asset_id_cloudinary,
        cast(null as {{ text_type() }}) as uploaded_by_id,
        public_id as public_id_at_upload,
        cast(null as {{ text_type() }}) as etag,
        cast(null as {{ text_type() }}) as format_code,
        'unknown' as evidence_grade,
        {{ epoch_seconds('occurred_at') }} as version_number,
        cast(null as bigint) as size_bytes,
        cast(null as bigint) as width_px,
        cast(null as bigint) as height_px,
        1 as upload_number,
        occurred_at as live_from,
        _loaded_at,
        _log_index
    from unclear

    union all

    select
        asset_id_cloudinary,
        cast(null as {{ text_type() }}) as uploaded_by_id,
        public_id as public_id_at_upload,
        cast(null as {{ text_type() }}) as etag,
        format_code,
        'unknown' as evidence_grade,
        version_number,
        size_bytes,
        width_px,
        height_px,
        1 as upload_number,
        {{ instant_from_epoch_seconds('version_number') }} as live_from,
        _loaded_at,
        _log_index
    from listed

),

deletions as (

    select distinct
        asset_id_cloudinary,
        occurred_at as deleted_at
    from notifications
    where notification_type = 'delete' and asset_id_cloudinary is not null and occurred_at is not null

),

first_uploads as (

    select
        asset_id_cloudinary,
        bool_and(coalesce(is_overwritten, false)) as has_overwritten
    from uploads
    where is_first_seen
    group by asset_id_cloudinary

),

creations as (

    -- When the asset was made: by the listing, else by the first upload seen, unless that one overwrote another.
    select
        versions.asset_id_cloudinary,
        case
            when min(resources.created_at) is null and bool_or(first_uploads.has_overwritten) then {{ open_start() }}
            else least(min(resources.created_at), min(versions.live_from))
        end as asset_created_at
    from versions
    left join resources
        on versions.asset_id_cloudinary = resources.asset_id_cloudinary
    left join first_uploads
        on versions.asset_id_cloudinary = first_uploads.asset_id_cloudinary
    group by versions.asset_id_cloudinary

),

boundaries as (

    select
        asset_id_cloudinary,
        live_from as boundary_at
    from versions

    union

    select
        asset_id_cloudinary,
        deleted_at as boundary_at
    from deletions

),

spans as (

    -- Two overwrites within one second share their span: nothing says which of them was live.
    select
        asset_id_cloudinary,
        boundary_at,
        lead(boundary_at) over (partition by asset_id_cloudinary order by boundary_at asc) as next_boundary_at
    from boundaries

)

select
    case
        when versions.upload_number = 1
            then
                {{ surrogate_key(['versions.asset_id_cloudinary', 'versions.version_number', 'versions.etag']) }}
        else
            {{ surrogate_key([
                'versions.asset_id_cloudinary', 'versions.version_number', 'versions.etag', 'versions.upload_number'
            ]) }}
    end as asset_version_key,
    {{ surrogate_key(['versions.asset_id_cloudinary']) }} as asset_key,
    versions.asset_id_cloudinary,
    versions.uploaded_by_id,
    versions.public_id_at_upload,
    versions.etag,
    versions.format_code,
    versions.evidence_grade,
    versions.version_number,
    versions.size_bytes,
    versions.width_px,
    versions.height_px,
    deletions.deleted_at is null and spans.next_boundary_at is null as is_current,
    creations.asset_created_at,
    versions.live_from,
    coalesce(deletions.deleted_at, spans.next_boundary_at, {{ open_end() }}) as live_to,
    versions._loaded_at,
    versions._log_index
from versions
inner join spans
    on
        versions.asset_id_cloudinary = spans.asset_id_cloudinary
        and versions.live_from = spans.boundary_at
left join creations
    on versions.asset_id_cloudinary = creations.asset_id_cloudinary
left join deletions
    on
        versions.asset_id_cloudinary = deletions.asset_id_cloudinary
        and versions.live_from = deletions.deleted_at
