with

cases as (

    select * from {{ ref('fct_cases') }}

),

evaluations as (

    select * from {{ ref('int_evaluations__dated') }}

)

select
    cast('case' as varchar) as subject_type,
    cast(cases.case_key as varchar) as subject_key,
    cast(cases.case_id_trading_grid as varchar) as subject_id,
    cast(cases.asset_key as varchar) as asset_key,
    cast(null as varchar) as communication_key,
    cast(cases.corrected_at as timestamptz) as occurred_at,
    cast(evaluations.evaluated_at as timestamptz) as evaluated_at,
    cast('corrected_not_answered' as varchar) as reason
from cases
left join evaluations
    on evaluations.subject_type = 'case'
where
    cases.status <> 'closed'
    and cases.is_corrected
    and not cases.is_answered
