{{ config(materialized='view') }}

with

asset_references as (

    select * from {{ ref('int_references__unioned') }}

),

names as (

    select * from {{ ref('int_asset_names__held') }}

),

held_readings as (

    select * from {{ ref('int_address_readings__held') }}

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

undisputed_names as (

    -- What is found under them needs no choice.
    select * from {{ undisputed_names(ref('int_asset_names__held')) }} as undisputed

),

looked_up as (

    -- A live URL means what it names itself, whatever stands beside it.
    select
        asset_references.reference_key,
        asset_references.is_live_url,
        asset_references.public_id,
        asset_references.delivery_public_id,
        asset_references.delivery_format_code,
        asset_references.delivery_resource_type,
        asset_references.delivery_type,
        asset_references.referenced_from,
        asset_references.referenced_to,
        undisputed_names.asset_id_cloudinary
    from asset_references
    left join undisputed_names
        on
            case
                when asset_references.is_live_url then asset_references.delivery_public_id
                else asset_references.public_id
            end = undisputed_names.public_id
            and undisputed_names.held_from <= asset_references.referenced_to
            and undisputed_names.held_to > asset_references.referenced_from
            and (
                asset_references.delivery_resource_type is null
                or asset_references.delivery_resource_type = undisputed_names.resource_type
            )
            and (
                asset_references.delivery_type is null
                or asset_references.delivery_type = undisputed_names.delivery_type
            )
    where asset_references.is_live_url or asset_references.asset_id_cloudinary is null

),

name_lookups as (

    -- A dot in a public id may have been read as the start of a format. A name that is not there finds no asset.
    select
        *,
        case when is_live_url then delivery_public_id else public_id end as looked_up_name,
        1 as choice_number
    from looked_up
    where asset_id_cloudinary is null

    union all

    select
        *,
        delivery_public_id || '.' || delivery_format_code as looked_up_name,
        2 as choice_number
    from looked_up
    where asset_id_cloudinary is null and is_live_url

),

by_name as (

    select distinct
        name_lookups.reference_key,
        names.asset_id_cloudinary,
        name_lookups.choice_number
    from name_lookups
    inner join names
        on
            name_lookups.looked_up_name = names.public_id
            and names.held_from <= name_lookups.referenced_to
            and names.held_to > name_lookups.referenced_from
    where
        (name_lookups.delivery_resource_type is null or name_lookups.delivery_resource_type = names.resource_type)
        and (name_lookups.delivery_type is null or name_lookups.delivery_type = names.delivery_type)

),

best_names as (

    select
        reference_key,
        min(choice_number) as choice_number
    from by_name
    group by reference_key

),

by_reading as (

    -- An address that is in doubt may mean whatever one of its readings names.
    select distinct
        asset_references.reference_key,
        held_readings.asset_id_cloudinary
    from asset_references
    inner join held_readings
        on
            asset_references.delivery_readings = held_readings.delivery_readings
            and held_readings.held_from <= asset_references.referenced_to
            and held_readings.held_to > asset_references.referenced_from

),

by_id as (

    select
        asset_references.reference_key,
        asset_references.asset_id_cloudinary
    from asset_references
    inner join known_assets
        on asset_references.asset_id_cloudinary = known_assets.asset_id_cloudinary
    where not asset_references.is_live_url

),

resolved as (

    select
        reference_key,
        asset_id_cloudinary,
        true as is_only_asset
    from looked_up
    where asset_id_cloudinary is not null

    union all

    select
        by_name.reference_key,
        by_name.asset_id_cloudinary,
        false as is_only_asset
    from by_name
    inner join best_names
        on
            by_name.reference_key = best_names.reference_key
            and by_name.choice_number = best_names.choice_number

    union all

    select
        reference_key,
        asset_id_cloudinary,
        false as is_only_asset
    from by_reading

    union all

    select
        reference_key,
        asset_id_cloudinary,
        true as is_only_asset
    from by_id

)

select
    {{ surrogate_key(['reference_key', 'asset_id_cloudinary']) }} as reference_asset_key,
    reference_key,
    asset_id_cloudinary,
    is_only_asset
from resolved
