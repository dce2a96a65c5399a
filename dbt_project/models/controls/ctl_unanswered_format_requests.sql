with

requests as (

    select * from {{ ref('fct_format_requests') }}

),

evaluations as (

    select * from {{ ref('int_evaluations__dated') }}

)

select
    cast('format_request' as {{ text_type() }}) as subject_type,
    cast(requests.format_request_key as {{ text_type() }}) as subject_key,
    cast(requests.format_request_id_trading_grid as {{ text_type() }}) as subject_id,
    cast(requests.asset_key as {{ text_type() }}) as asset_key,
    cast(null as {{ text_type() }}) as communication_key,
    cast(requests.due_at as {{ instant_type() }}) as occurred_at,
    cast(evaluations.evaluated_at as {{ instant_type() }}) as evaluated_at,
    cast('format_request_open_past_due' as {{ text_type() }}) as reason
from requests
left join evaluations
    on evaluations.subject_type = 'format_request'
where
    requests.is_open
    and requests.due_at < evaluations.evaluated_at
