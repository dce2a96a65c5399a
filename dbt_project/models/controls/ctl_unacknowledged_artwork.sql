with

distributions as (

    select * from {{ ref('fct_distributions') }}

),

evaluations as (

    select * from {{ ref('int_evaluations__dated') }}

)

select
    cast('distribution' as {{ text_type() }}) as subject_type,
    cast(distributions.distribution_key as {{ text_type() }}) as subject_key,
    cast(distributions.distribution_id_trading_grid as {{ text_type() }}) as subject_id,
    cast(distributions.asset_key as {{ text_type() }}) as asset_key,
    cast(null as {{ text_type() }}) as communication_key,
    cast(distributions.issued_at as {{ instant_type() }}) as occurred_at,
    cast(evaluations.evaluated_at as {{ instant_type() }}) as evaluated_at,
    cast(distributions.acknowledgement_reason as {{ text_type() }}) as reason
from distributions
left join evaluations
    on evaluations.subject_type = 'distribution'
where
    distributions.acknowledgement_reason in (
        'rejected', 'other_bytes_acknowledged', 'only_received', 'not_answered'
    )
    and distributions.acknowledgement_due_at < evaluations.evaluated_at
