with

referenced as (

    select * from {{ ref('int_communications__referenced') }}

),

communications as (

    select * from {{ ref('fct_communications') }}

),

evaluations as (

    select * from {{ ref('int_evaluations__dated') }}

)

select
    cast('communication' as {{ text_type() }}) as subject_type,
    cast(communications.communication_key as {{ text_type() }}) as subject_key,
    cast(communications.communication_id_exstream as {{ text_type() }}) as subject_id,
    cast(null as {{ text_type() }}) as asset_key,
    cast(communications.communication_key as {{ text_type() }}) as communication_key,
    cast(communications.generated_at as {{ instant_type() }}) as occurred_at,
    cast(evaluations.evaluated_at as {{ instant_type() }}) as evaluated_at,
    cast('no_reference_stored' as {{ text_type() }}) as reason
from referenced
inner join communications
    on referenced.communication_key = communications.communication_key
left join evaluations
    on evaluations.subject_type = 'communication'
where
    referenced.needs_reference
    and referenced.reference_count = 0
    and not referenced.has_conflicts
