with

cases as (

    select * from {{ ref('fct_cases') }}

),

evaluations as (

    select * from {{ ref('int_evaluations__dated') }}

)

select
    cast('case' as {{ text_type() }}) as subject_type,
    cast(cases.case_key as {{ text_type() }}) as subject_key,
    cast(cases.case_id_trading_grid as {{ text_type() }}) as subject_id,
    cast(null as {{ text_type() }}) as asset_key,
    cast(null as {{ text_type() }}) as communication_key,
    cast(cases.opened_at as {{ instant_type() }}) as occurred_at,
    cast(evaluations.evaluated_at as {{ instant_type() }}) as evaluated_at,
    cast('case_reference_unresolved' as {{ text_type() }}) as reason
from cases
left join evaluations
    on evaluations.subject_type = 'case'
where
    cases.asset_key is null
    and coalesce(cases.status <> 'closed', true)
