with

acknowledgements as (

    select * from {{ ref('fct_acknowledgements') }}

),

publications as (

    select * from {{ ref('fct_publications') }}

),

distributions as (

    select * from {{ ref('fct_distributions') }}

),

evaluations as (

    select * from {{ ref('int_evaluations__dated') }}

)

select
    cast('acknowledgement' as {{ text_type() }}) as subject_type,
    cast(acknowledgements.acknowledgement_match_key as {{ text_type() }}) as subject_key,
    cast(
        coalesce(acknowledgements.acknowledgement_id_trading_grid, acknowledgements.acknowledgement_key)
        as {{ text_type() }}
    ) as subject_id,
    cast(coalesce(distributions.asset_key, publications.asset_key) as {{ text_type() }}) as asset_key,
    cast(null as {{ text_type() }}) as communication_key,
    cast(acknowledgements.occurred_at as {{ instant_type() }}) as occurred_at,
    cast(evaluations.evaluated_at as {{ instant_type() }}) as evaluated_at,
    cast('other_bytes_acknowledged' as {{ text_type() }}) as reason
from acknowledgements
left join publications
    on acknowledgements.publication_key = publications.publication_key
left join distributions
    on acknowledgements.distribution_key = distributions.distribution_key
left join evaluations
    on evaluations.subject_type = 'acknowledgement'
where
    acknowledgements.has_other_bytes
    and acknowledgements.is_acceptance
    and not acknowledgements.is_test
