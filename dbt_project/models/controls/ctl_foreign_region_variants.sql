with

publications as (

    select * from {{ ref('fct_publications') }}

),

communities as (

    select * from {{ ref('dim_communities') }}

),

needs as (

    -- What a community itself asked for from another region belongs there.
    select * from {{ ref('fct_community_needs') }}
    where variant_state <> 'dropped'

),

evaluations as (

    select * from {{ ref('int_evaluations__dated') }}

)

select
    cast('shown_variant' as {{ text_type() }}) as subject_type,
    cast(publications.publication_key as {{ text_type() }}) as subject_key,
    cast(publications.publication_id_trading_grid as {{ text_type() }}) as subject_id,
    cast(publications.asset_key as {{ text_type() }}) as asset_key,
    cast(null as {{ text_type() }}) as communication_key,
    cast(publications.published_at as {{ instant_type() }}) as occurred_at,
    cast(evaluations.evaluated_at as {{ instant_type() }}) as evaluated_at,
    cast('variant_of_another_region' as {{ text_type() }}) as reason
from publications
inner join communities
    on publications.community_key = communities.community_key
left join needs
    on
        publications.community_key = needs.community_key
        and publications.asset_id_cloudinary = needs.asset_id_cloudinary
        and publications.region_code = needs.region_code
left join evaluations
    on evaluations.subject_type = 'shown_variant'
where
    publications.is_live
    and publications.region_code <> 'any'
    and publications.region_code <> communities.region_code
    and needs.community_need_key is null
