with

feedback as (

    select * from {{ ref('fct_feedback') }}

),

evaluations as (

    select * from {{ ref('int_evaluations__dated') }}

)

select
    cast('feedback' as {{ text_type() }}) as subject_type,
    cast(feedback.feedback_key as {{ text_type() }}) as subject_key,
    cast(feedback.feedback_id_trading_grid as {{ text_type() }}) as subject_id,
    cast(feedback.asset_key as {{ text_type() }}) as asset_key,
    cast(null as {{ text_type() }}) as communication_key,
    cast(feedback.answered_at as {{ instant_type() }}) as occurred_at,
    cast(evaluations.evaluated_at as {{ instant_type() }}) as evaluated_at,
    cast(feedback.change_reason as {{ text_type() }}) as reason
from feedback
left join evaluations
    on evaluations.subject_type = 'feedback'
where feedback.change_reason in ('heavier', 'wider')
