with

rendition_requests as (

    select * from {{ ref('fct_rendition_requests') }}

),

evaluations as (

    select * from {{ ref('int_evaluations__dated') }}

)

select
    cast('rendition_request' as {{ text_type() }}) as subject_type,
    cast(rendition_requests.rendition_request_key as {{ text_type() }}) as subject_key,
    cast(rendition_requests.rendition_request_id_exstream as {{ text_type() }}) as subject_id,
    cast(null as {{ text_type() }}) as asset_key,
    cast(rendition_requests.communication_key as {{ text_type() }}) as communication_key,
    cast(rendition_requests.generated_at as {{ instant_type() }}) as occurred_at,
    cast(evaluations.evaluated_at as {{ instant_type() }}) as evaluated_at,
    cast(rendition_requests.usage_reason as {{ text_type() }}) as reason
from rendition_requests
left join evaluations
    on evaluations.subject_type = 'rendition_request'
where rendition_requests.usage_reason = 'another_rendition_used'
