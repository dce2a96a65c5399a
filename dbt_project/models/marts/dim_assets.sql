with

notifications as (

    select * from {{ ref('stg_cloudinary__notifications') }}

),

resources as (

    select * from {{ ref('stg_cloudinary__resources') }}

),

versions as (

    select * from {{ ref('int_asset_versions__lived') }}

),

names as (

    select * from {{ ref('int_asset_names__held') }}

),

absences as (

    select * from {{ ref('int_asset_absences__ended') }}

),

known_assets as (

    select asset_id_cloudinary from resources
    union
    select asset_id_cloudinary from versions
    union
    select asset_id_cloudinary from names

),

last_names as (

    select
        *,
        row_number() over (
            partition by asset_id_cloudinary
            order by held_to desc nulls last, held_from desc nulls last, asset_name_key asc nulls last
        ) as name_number
    from names

),

last_metadata as (

    select
        *,
        row_number() over (
            partition by asset_id_cloudinary order by occurred_at desc nulls last, notification_key desc nulls last
        ) as metadata_number
    from notifications
    where has_new_metadata and asset_id_cloudinary is not null

),

deletions as (

    select
        asset_id_cloudinary,
        occurred_at as deleted_at
    from notifications
    where notification_type = 'delete' and asset_id_cloudinary is not null

    union all

    select
        asset_id_cloudinary,
        absent_at as deleted_at
    from absences

),

last_deletions as (

    select
        asset_id_cloudinary,
        max(deleted_at) as deleted_at
    from deletions
    group by asset_id_cloudinary

),

last_versions as (

    -- Two overwrites within the last second: which bytes are current is not known.
    select
        asset_id_cloudinary,
        max(version_number) as current_version_number,
        case when count(distinct etag) = 1 then min(etag) end as current_etag,
        max(format_code) as format_code
    from versions
    where is_current
    group by asset_id_cloudinary

),

version_spans as (

    select
        asset_id_cloudinary,
        min(live_from) as first_uploaded_at,
        max(live_from) as last_uploaded_at,
        count(*) as version_count,
        max(format_code) as format_code,
        max(_log_index) as _log_index
    from versions
    group by asset_id_cloudinary

)

select
    {{ surrogate_key(['known_assets.asset_id_cloudinary']) }} as asset_key,
    cast(known_assets.asset_id_cloudinary as {{ text_type() }}) as asset_id_cloudinary,
    cast('cloudinary' as {{ text_type() }}) as source_system,
    cast(coalesce(last_names.public_id, resources.public_id) as {{ text_type() }}) as public_id,
    cast(coalesce(last_names.resource_type, resources.resource_type) as {{ text_type() }}) as resource_type,
    cast(coalesce(last_names.delivery_type, resources.delivery_type) as {{ text_type() }}) as delivery_type,
    cast(coalesce(last_versions.format_code, resources.format_code, version_spans.format_code) as {{ text_type() }})
        as format_code,
    cast(resources.asset_folder as {{ text_type() }}) as asset_folder,
    cast(resources.display_name as {{ text_type() }}) as display_name,
    cast(coalesce(last_metadata.campaign_code, resources.campaign_code) as {{ text_type() }}) as campaign_code,
    cast(coalesce(last_metadata.product_line_code, resources.product_line_code) as {{ text_type() }})
        as product_line_code,
    cast(coalesce(last_metadata.gtin, resources.gtin) as {{ text_type() }}) as gtin,
    cast(last_versions.current_version_number as bigint) as current_version_number,
    cast(last_versions.current_etag as {{ text_type() }}) as current_etag,
    cast(
        last_deletions.deleted_at is not null
        and last_deletions.deleted_at >= coalesce(version_spans.last_uploaded_at, last_deletions.deleted_at) as boolean
    ) as is_deleted,
    cast(least(resources.created_at, version_spans.first_uploaded_at) as {{ instant_type() }}) as first_uploaded_at,
    cast(version_spans.last_uploaded_at as {{ instant_type() }}) as last_uploaded_at,
    cast(coalesce(version_spans.version_count, 0) as bigint) as version_count,
    cast(greatest(resources._log_index, version_spans._log_index) as bigint) as _log_index
from known_assets
left join resources
    on known_assets.asset_id_cloudinary = resources.asset_id_cloudinary
left join last_names
    on
        known_assets.asset_id_cloudinary = last_names.asset_id_cloudinary
        and last_names.name_number = 1
left join last_metadata
    on
        known_assets.asset_id_cloudinary = last_metadata.asset_id_cloudinary
        and last_metadata.metadata_number = 1
left join last_deletions
    on known_assets.asset_id_cloudinary = last_deletions.asset_id_cloudinary
left join last_versions
    on known_assets.asset_id_cloudinary = last_versions.asset_id_cloudinary
left join version_spans
    on known_assets.asset_id_cloudinary = version_spans.asset_id_cloudinary
