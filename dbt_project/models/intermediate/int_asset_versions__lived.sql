with

notifications as (

    select * from {{ ref('stg_cloudinary__notifications') }}

),

resources as (

    select * from {{ ref('stg_cloudinary__resources') }}

),

numbered_uploads as (

    select
        *,
        row_number() over (
            partition by asset_id_cloudinary, version_number, etag
            order by occurred_at asc, notification_key asc
        ) as upload_number
    from notifications
    where
        notification_type = 'upload'
        and asset_id_cloudinary is not null
        and version_number is not null
        and occurred_at is not null

),

uploads as (

    select * from numbered_uploads
    where upload_number = 1

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
        occurred_at as live_from,
        _loaded_at,
        _log_index
    from uploads

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
    {{ surrogate_key(['versions.asset_id_cloudinary', 'versions.version_number', 'versions.etag']) }}
        as asset_version_key,
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
    versions.live_from,
    coalesce(deletions.deleted_at, spans.next_boundary_at, {{ open_end() }}) as live_to,
    versions._loaded_at,
    versions._log_index
from versions
inner join spans
    on
        versions.asset_id_cloudinary = spans.asset_id_cloudinary
        and versions.live_from = spans.boundary_at
left join deletions
    on
        versions.asset_id_cloudinary = deletions.asset_id_cloudinary
        and versions.live_from = deletions.deleted_at
