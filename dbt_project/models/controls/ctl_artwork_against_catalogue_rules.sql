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
    cast(distributions.catalogue_reason as {{ text_type() }}) as reason
from distributions
left join evaluations
    on evaluations.subject_type = 'distribution'
where
    distributions.catalogue_reason in (
        'gtin_wrong',
        'file_name_missing',
        'file_name_not_allowed',
        'file_name_of_another_gtin',
        'format_not_catalogued',
        'too_heavy_for_catalogue'
    )
