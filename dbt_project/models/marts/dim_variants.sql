with

publications as (

    select
        *,
        row_number() over (
            partition by variant_key
            order by published_at desc nulls last, publication_id_trading_grid desc nulls last
        ) as newest_number
    from {{ ref('fct_publications') }}

)

select
    cast(variant_key as {{ text_type() }}) as variant_key,
    cast(min(asset_key) as {{ text_type() }}) as asset_key,
    cast(min(asset_id_cloudinary) as {{ text_type() }}) as asset_id_cloudinary,
    cast(max(public_id) as {{ text_type() }}) as public_id,
    cast(region_code as {{ text_type() }}) as region_code,
    cast(language_code as {{ text_type() }}) as language_code,
    cast(device_code as {{ text_type() }}) as device_code,
    cast(rendition_name as {{ text_type() }}) as rendition_name,
    cast(max(case when newest_number = 1 then transformation end) as {{ text_type() }}) as transformation,
    cast(count(distinct transformation) as bigint) as transformation_count,
    cast(count(*) as bigint) as publication_count,
    cast(count(distinct case when is_live then community_key end) as bigint) as showing_community_count,
    cast(min(published_at) as {{ instant_type() }}) as first_published_at,
    cast(max(published_at) as {{ instant_type() }}) as last_published_at
from publications
group by variant_key, region_code, language_code, device_code, rendition_name
