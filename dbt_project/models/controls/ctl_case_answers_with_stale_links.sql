with

links as (

    select * from {{ ref('int_case_links__judged') }}

),

messages as (

    select * from {{ ref('fct_case_messages') }}

),

cases as (

    select * from {{ ref('fct_cases') }}

),

evaluations as (

    select * from {{ ref('int_evaluations__dated') }}

)

select
    cast('case_message' as {{ text_type() }}) as subject_type,
    cast(links.case_message_key as {{ text_type() }}) as subject_key,
    cast(messages.message_id_trading_grid as {{ text_type() }}) as subject_id,
    cast(cases.asset_key as {{ text_type() }}) as asset_key,
    cast(null as {{ text_type() }}) as communication_key,
    cast(links.posted_at as {{ instant_type() }}) as occurred_at,
    cast(evaluations.evaluated_at as {{ instant_type() }}) as evaluated_at,
    cast('newer_version_was_approved' as {{ text_type() }}) as reason
from links
inner join messages
    on links.case_message_key = messages.case_message_key
inner join cases
    on links.case_key = cases.case_key
left join evaluations
    on evaluations.subject_type = 'case_message'
where links.is_stale
