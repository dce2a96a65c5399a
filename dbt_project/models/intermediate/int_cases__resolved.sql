with

cases as (

    select * from {{ ref('stg_trading_grid__cases') }}

),

names as (

    select * from {{ ref('int_asset_names__held') }}

),

resources as (

    select * from {{ ref('stg_cloudinary__resources') }}

),

versions as (

    select * from {{ ref('int_asset_versions__lived') }}

),

known_assets as (

    select asset_id_cloudinary from resources
    union
    select asset_id_cloudinary from versions
    union
    select asset_id_cloudinary from names

),

name_lookups as (

    -- Without an asset id a case names its asset, by its public id or by a URL, with or without an extension.
    select
        case_key,
        opened_at,
        public_id as looked_up_name,
        cast(null as {{ text_type() }}) as resource_type,
        cast(null as {{ text_type() }}) as delivery_type,
        1 as choice_number
    from cases
    where asset_id_cloudinary is null and public_id is not null

    union all

    select
        case_key,
        opened_at,
        asset_url_public_id as looked_up_name,
        asset_url_resource_type as resource_type,
        asset_url_delivery_type as delivery_type,
        2 as choice_number
    from cases
    where
        asset_id_cloudinary is null
        and public_id is null
        and {{ is_our_cloud('asset_url_cloud_name') }}

    union all

    select
        case_key,
        opened_at,
        {{ without_extension('asset_url_public_id') }} as looked_up_name,
        asset_url_resource_type as resource_type,
        asset_url_delivery_type as delivery_type,
        3 as choice_number
    from cases
    where
        asset_id_cloudinary is null
        and public_id is null
        and {{ is_our_cloud('asset_url_cloud_name') }}

),

by_name as (

    select
        name_lookups.case_key,
        name_lookups.choice_number,
        min(names.asset_id_cloudinary) as asset_id_cloudinary,
        count(distinct names.asset_id_cloudinary) as asset_count,
        row_number() over (
            partition by name_lookups.case_key order by name_lookups.choice_number asc nulls last
        ) as preference_number
    from name_lookups
    inner join names
        on
            name_lookups.looked_up_name = names.public_id
            and name_lookups.opened_at >= names.held_from
            and name_lookups.opened_at < names.held_to
    where
        (name_lookups.resource_type is null or name_lookups.resource_type = names.resource_type)
        and (name_lookups.delivery_type is null or name_lookups.delivery_type = names.delivery_type)
    group by name_lookups.case_key, name_lookups.choice_number

),

resolved as (

    -- `v1` in a Cloudinary URL means no version.
    select
        cases.case_key,
        cases.community_key,
        cases.opened_at,
        case when cases.status = 'closed' then cases.updated_at end as closed_at,
        coalesce(
            case when cases.version_number > 1 then cases.version_number end,
            case when cases.asset_url_version_number > 1 then cases.asset_url_version_number end
        ) as version_number,
        coalesce(known_assets.asset_id_cloudinary, by_name.asset_id_cloudinary) as asset_id_cloudinary
    from cases
    left join known_assets
        on cases.asset_id_cloudinary = known_assets.asset_id_cloudinary
    left join by_name
        on
            cases.case_key = by_name.case_key
            and by_name.preference_number = 1
            and by_name.asset_count = 1

),

reported as (

    -- A case that names no version speaks of the one that was live when it was opened.
    select
        resolved.case_key,
        min(versions.asset_version_key) as asset_version_key,
        max(versions.version_number) as version_number,
        count(*) as version_count
    from resolved
    inner join versions
        on resolved.asset_id_cloudinary = versions.asset_id_cloudinary
    where
        case
            when resolved.version_number is not null then versions.version_number = resolved.version_number
            else resolved.opened_at >= versions.live_from and resolved.opened_at < versions.live_to
        end
    group by resolved.case_key

)

select
    resolved.case_key,
    resolved.community_key,
    resolved.asset_id_cloudinary,
    case when reported.version_count = 1 then reported.asset_version_key end as reported_asset_version_key,
    coalesce(resolved.version_number, reported.version_number) as reported_version_number,
    resolved.opened_at,
    resolved.closed_at
from resolved
left join reported
    on resolved.case_key = reported.case_key
