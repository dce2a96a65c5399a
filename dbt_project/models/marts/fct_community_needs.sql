with

needs as (

    select * from {{ ref('stg_trading_grid__community_needs') }}

),

names as (

    select * from {{ ref('int_asset_names__held') }}

),

assets as (

    select * from {{ ref('dim_assets') }}

),

publications as (

    select * from {{ ref('fct_publications') }}
    where is_live

),

named as (

    -- A need without an asset id means the asset that holds the name at last, where it is one.
    select
        needs.community_need_key,
        min(names.asset_id_cloudinary) as asset_id_cloudinary
    from needs
    inner join names
        on needs.public_id = names.public_id
    where needs.asset_id_cloudinary is null and names.held_to = {{ open_end() }}
    group by needs.community_need_key
    having count(distinct names.asset_id_cloudinary) = 1

),

wanted as (

    select
        needs.*,
        coalesce(needs.asset_id_cloudinary, named.asset_id_cloudinary) as needed_asset_id
    from needs
    left join named
        on needs.community_need_key = named.community_need_key

),

shown as (

    select
        wanted.community_need_key,
        publications.publication_key,
        row_number() over (
            partition by wanted.community_need_key
            order by publications.published_at desc nulls last, publications.publication_key asc nulls last
        ) as publication_number,
        (wanted.region_code = 'any' or wanted.region_code = publications.region_code)
        and (wanted.language_code = 'any' or wanted.language_code = publications.language_code)
        and (wanted.device_code = 'any' or wanted.device_code = publications.device_code) as is_needed_variant
    from wanted
    inner join publications
        on
            wanted.community_key = publications.community_key
            and wanted.needed_asset_id = publications.asset_id_cloudinary

),

counted as (

    select
        community_need_key,
        count(*) as shown_count,
        count(case when is_needed_variant then 1 end) as fitting_count,
        min(case when is_needed_variant then publication_number end) as newest_fitting_number
    from shown
    group by community_need_key

)

select
    cast(wanted.community_need_key as {{ text_type() }}) as community_need_key,
    cast(wanted.community_key as {{ text_type() }}) as community_key,
    cast(assets.asset_key as {{ text_type() }}) as asset_key,
    cast(shown.publication_key as {{ text_type() }}) as publication_key,
    cast(wanted.community_id_trading_grid as {{ text_type() }}) as community_id_trading_grid,
    cast(wanted.needed_asset_id as {{ text_type() }}) as asset_id_cloudinary,
    cast(wanted.public_id as {{ text_type() }}) as public_id,
    cast(wanted.asset_reference as {{ text_type() }}) as asset_reference,
    cast(wanted.region_code as {{ text_type() }}) as region_code,
    cast(wanted.language_code as {{ text_type() }}) as language_code,
    cast(wanted.device_code as {{ text_type() }}) as device_code,
    cast(wanted.status_code as {{ text_type() }}) as status_code,
    cast(
        case
            when wanted.status_code = 'dropped' then 'dropped'
            when counted.fitting_count > 0 then 'present'
            when counted.shown_count > 0 then 'wrong'
            else 'missing'
        end as {{ text_type() }}
    ) as variant_state,
    cast(coalesce(counted.shown_count, 0) as bigint) as shown_variant_count,
    cast(wanted.updated_at as {{ instant_type() }}) as updated_at,
    cast(wanted._log_index as bigint) as _log_index
from wanted
left join counted
    on wanted.community_need_key = counted.community_need_key
left join shown
    on
        wanted.community_need_key = shown.community_need_key
        and counted.newest_fitting_number = shown.publication_number
left join assets
    on wanted.needed_asset_id = assets.asset_id_cloudinary
