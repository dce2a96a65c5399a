with

asset_uses as (

    select * from {{ ref('stg_exstream__asset_uses_referring') }}
    where target_reference is not null

),

communications as (

    select * from {{ ref('stg_exstream__communications_referring') }}

),

names as (

    select * from {{ ref('int_asset_names__held') }}

),

evaluations as (

    select * from {{ ref('int_evaluations__dated') }}
    where subject_type = 'rich_media'

),

targets as (

    -- An address is of ours where host and cloud say so; it is read where it carries a version.
    select
        asset_uses.asset_use_key,
        asset_uses.communication_key,
        asset_uses.rendering_key,
        asset_uses.target_reference,
        asset_uses.target_url,
        asset_uses.target_asset_id_cloudinary,
        asset_uses.target_public_id,
        {{ delivery_url_part('asset_uses.target_url', 'public_id') }} as url_public_id,
        {{ delivery_url_part('asset_uses.target_url', 'resource_type') }} as resource_type,
        {{ delivery_url_part('asset_uses.target_url', 'delivery_type') }} as delivery_type,
        {{ delivery_url_cloud('asset_uses.target_url') }} as cloud_name,
        coalesce(
            asset_uses.target_version_number,
            cast({{ delivery_url_part('asset_uses.target_url', 'version_number') }} as bigint)
        ) as target_version_number,
        communications.generated_at as judged_at,
        {{ seconds_from('evaluations.evaluated_at', '-' ~ var('clock_uncertainty_seconds')) }} as judged_now_at,
        asset_uses.has_conflicts or coalesce(communications.has_conflicts, false) as has_conflicts,
        evaluations.evaluated_at,
        greatest(asset_uses._loaded_at, communications._loaded_at) as _loaded_at
    from asset_uses
    left join communications
        on asset_uses.communication_key = communications.communication_key
    cross join evaluations

),

read_targets as (

    select
        *,
        -- Behind the last dot of an address stands a format, or the name goes on: the name is looked up with it, too.
        coalesce(target_public_id, {{ without_extension('url_public_id') }}) as written_public_id,
        case when target_public_id is null then {{ extension_of('url_public_id') }} end as format_code,
        case
            when target_asset_id_cloudinary is not null then 'by_id'
            when target_url is null and target_public_id is not null then 'by_name'
            when cloud_name is null or not {{ is_our_cloud('cloud_name') }} then 'foreign'
            when url_public_id is null then 'not_readable'
            else 'by_name'
        end as target_form
    from targets

),

names_then as (

    select
        read_targets.asset_use_key,
        min(names.public_id) as public_id
    from read_targets
    inner join names
        on
            read_targets.target_asset_id_cloudinary = names.asset_id_cloudinary
            and read_targets.judged_at >= names.held_from
            and read_targets.judged_at < names.held_to
    group by read_targets.asset_use_key

),

names_now as (

    select
        read_targets.asset_use_key,
        min(names.public_id) as public_id
    from read_targets
    inner join names
        on
            read_targets.target_asset_id_cloudinary = names.asset_id_cloudinary
            and read_targets.judged_now_at >= names.held_from
            and read_targets.judged_now_at < names.held_to
    group by read_targets.asset_use_key

)

select
    read_targets.asset_use_key,
    read_targets.communication_key,
    read_targets.rendering_key,
    read_targets.target_reference,
    read_targets.target_url,
    read_targets.target_asset_id_cloudinary,
    read_targets.target_form,
    case
        when read_targets.target_form = 'by_id' then names_then.public_id
        when read_targets.target_form = 'by_name' then read_targets.written_public_id
    end as public_id,
    case
        when read_targets.target_form = 'by_id' then names_now.public_id
        when read_targets.target_form = 'by_name' then read_targets.written_public_id
    end as public_id_now,
    case when read_targets.target_form = 'by_name' then read_targets.resource_type end as resource_type,
    case when read_targets.target_form = 'by_name' then read_targets.delivery_type end as delivery_type,
    case when read_targets.target_form = 'by_name' then read_targets.format_code end as format_code,
    read_targets.target_version_number,
    read_targets.has_conflicts,
    read_targets.judged_at,
    read_targets.judged_now_at,
    read_targets.evaluated_at,
    read_targets._loaded_at
from read_targets
left join names_then
    on read_targets.asset_use_key = names_then.asset_use_key
left join names_now
    on read_targets.asset_use_key = names_now.asset_use_key
