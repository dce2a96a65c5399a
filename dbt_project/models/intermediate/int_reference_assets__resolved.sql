{{ config(materialized='view') }}

with

asset_references as (

    select * from {{ ref('int_references__unioned') }}

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

    -- A live URL means what it names itself, whatever stands beside it. A dot in a public id may have been read as the
    -- start of a format. A name that is not there finds no asset.
    select
        *,
        delivery_public_id as looked_up_name,
        1 as choice_number
    from asset_references
    where is_live_url

    union all

    select
        *,
        delivery_public_id || '.' || delivery_format_code as looked_up_name,
        2 as choice_number
    from asset_references
    where is_live_url

    union all

    select
        *,
        public_id as looked_up_name,
        1 as choice_number
    from asset_references
    where asset_id_cloudinary is null and not is_live_url

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
        by_name.reference_key,
        by_name.asset_id_cloudinary
    from by_name
    inner join best_names
        on
            by_name.reference_key = best_names.reference_key
            and by_name.choice_number = best_names.choice_number

    union all

    select
        reference_key,
        asset_id_cloudinary
    from by_id

)

select
    {{ surrogate_key(['reference_key', 'asset_id_cloudinary']) }} as reference_asset_key,
    reference_key,
    asset_id_cloudinary
from resolved
