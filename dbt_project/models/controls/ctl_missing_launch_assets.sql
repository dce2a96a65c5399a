with

requirements as (

    select * from {{ ref('fct_launch_requirements') }}

),

evaluations as (

    select * from {{ ref('int_evaluations__dated') }}

)

select
    cast('launch_requirement' as {{ text_type() }}) as subject_type,
    cast(requirements.launch_requirement_key as {{ text_type() }}) as subject_key,
    cast(concat_ws('/', requirements.launch_id_trading_grid, requirements.ordinal) as {{ text_type() }}) as subject_id,
    cast(requirements.asset_key as {{ text_type() }}) as asset_key,
    cast(null as {{ text_type() }}) as communication_key,
    cast(requirements.required_by as {{ instant_type() }}) as occurred_at,
    cast(evaluations.evaluated_at as {{ instant_type() }}) as evaluated_at,
    cast(requirements.readiness_reason as {{ text_type() }}) as reason
from requirements
left join evaluations
    on evaluations.subject_type = 'launch_requirement'
where
    requirements.readiness_reason in (
        'asset_not_named', 'not_published', 'another_variant_published', 'approval_pending'
    )
    and requirements.required_by <= evaluations.evaluated_at
