with

publications as (

    select * from {{ ref('fct_publications') }}

),

evaluations as (

    select * from {{ ref('int_evaluations__dated') }}

)

select
    cast('publication' as {{ text_type() }}) as subject_type,
    cast(publications.publication_key as {{ text_type() }}) as subject_key,
    cast(publications.publication_id_trading_grid as {{ text_type() }}) as subject_id,
    cast(publications.asset_key as {{ text_type() }}) as asset_key,
    cast(null as {{ text_type() }}) as communication_key,
    cast(publications.published_at as {{ instant_type() }}) as occurred_at,
    cast(evaluations.evaluated_at as {{ instant_type() }}) as evaluated_at,
    cast(publications.verdict_reason as {{ text_type() }}) as reason
from publications
left join evaluations
    on evaluations.subject_type = 'publication'
where
    publications.is_live
    and publications.verdict_now = 'NOT_ELIGIBLE'
