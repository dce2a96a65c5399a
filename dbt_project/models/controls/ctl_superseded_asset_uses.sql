with

asset_uses as (

    select * from {{ ref('fct_asset_uses') }}

),

evaluations as (

    select * from {{ ref('int_evaluations__dated') }}

)

select
    cast('asset_use' as varchar) as subject_type,
    cast(asset_uses.asset_use_key as varchar) as subject_key,
    cast(asset_uses.asset_use_id as varchar) as subject_id,
    cast(asset_uses.asset_key as varchar) as asset_key,
    cast(asset_uses.communication_key as varchar) as communication_key,
    cast(asset_uses.generated_at as timestamptz) as occurred_at,
    cast(evaluations.evaluated_at as timestamptz) as evaluated_at,
    cast(asset_uses.verdict_reason as varchar) as reason
from asset_uses
left join evaluations
    on evaluations.subject_type = 'asset_use'
where asset_uses.verdict = 'SUPERSEDED'
