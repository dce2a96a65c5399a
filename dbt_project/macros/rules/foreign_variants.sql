{% macro foreign_variants() -%}
{#- The parts of a query that both answers to a variant of another region begin with. `own` are those beside which the
    community shows its own: they are taken out, all others give way to it. -#}
exceptions as (

    select * from {{ ref('fct_exceptions') }}
    where control_name = 'ctl_foreign_region_variants'

),

publications as (

    select * from {{ ref('fct_publications') }}

),

communities as (

    select
        *,
        region_code as jurisdiction_code
    from {{ ref('dim_communities') }}

),

own as (

    -- What already shows the asset for the community's own region, on that device.
    select distinct foreign_publications.publication_key
    from exceptions
    inner join publications as foreign_publications
        on exceptions.subject_key = foreign_publications.publication_key
    inner join communities
        on foreign_publications.community_key = communities.community_key
    inner join publications as own_publications
        on
            foreign_publications.community_key = own_publications.community_key
            and foreign_publications.asset_id_cloudinary = own_publications.asset_id_cloudinary
    where
        own_publications.is_live
        and own_publications.region_code in (communities.region_code, 'any')
        and own_publications.device_code in (foreign_publications.device_code, 'any')

)
{%- endmacro %}
