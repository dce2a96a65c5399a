with

asset_uses as (

    select * from {{ ref('fct_asset_uses') }}

),

evaluations as (

    select * from {{ ref('int_evaluations__dated') }}

)

select
    cast('asset_use' as {{ text_type() }}) as subject_type,
    cast(asset_uses.asset_use_key as {{ text_type() }}) as subject_key,
    cast(asset_uses.asset_use_id as {{ text_type() }}) as subject_id,
    cast(asset_uses.asset_key as {{ text_type() }}) as asset_key,
    cast(asset_uses.communication_key as {{ text_type() }}) as communication_key,
    cast(asset_uses.generated_at as {{ instant_type() }}) as occurred_at,
    cast(evaluations.evaluated_at as {{ instant_type() }}) as evaluated_at,
    cast(asset_uses.verdict_reason as {{ text_type() }}) as reason
from asset_uses
left join evaluations
    on evaluations.subject_type = 'asset_use'
where asset_uses.verdict = 'NOT_APPROVED'
