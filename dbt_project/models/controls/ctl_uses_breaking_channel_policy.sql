with

delivered_renditions as (

    select * from {{ ref('fct_delivered_renditions') }}

),

evaluations as (

    select * from {{ ref('int_evaluations__dated') }}

)

select
    cast('asset_use' as {{ text_type() }}) as subject_type,
    cast(delivered_renditions.asset_use_key as {{ text_type() }}) as subject_key,
    cast(delivered_renditions.asset_use_id as {{ text_type() }}) as subject_id,
    cast(delivered_renditions.asset_key as {{ text_type() }}) as asset_key,
    cast(delivered_renditions.communication_key as {{ text_type() }}) as communication_key,
    cast(delivered_renditions.generated_at as {{ instant_type() }}) as occurred_at,
    cast(evaluations.evaluated_at as {{ instant_type() }}) as evaluated_at,
    cast(delivered_renditions.policy_reason as {{ text_type() }}) as reason
from delivered_renditions
left join evaluations
    on evaluations.subject_type = 'asset_use'
where
    delivered_renditions.policy_reason in (
        'format_not_taken',
        'wider_than_delivered',
        'format_not_automatic',
        'quality_not_automatic',
        'printed_too_coarse'
    )
