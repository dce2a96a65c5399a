with

retrieved_assets as (

    select * from {{ ref('bridge_retrievals_assets') }}

),

evaluations as (

    select * from {{ ref('int_evaluations__dated') }}

)

select
    cast('retrieved_asset' as {{ text_type() }}) as subject_type,
    cast(retrieved_assets.retrieved_asset_key as {{ text_type() }}) as subject_key,
    cast(retrieved_assets.retrieved_asset_id as {{ text_type() }}) as subject_id,
    cast(retrieved_assets.asset_key as {{ text_type() }}) as asset_key,
    cast(retrieved_assets.communication_key as {{ text_type() }}) as communication_key,
    cast(retrieved_assets.generated_at as {{ instant_type() }}) as occurred_at,
    cast(evaluations.evaluated_at as {{ instant_type() }}) as evaluated_at,
    cast(retrieved_assets.verdict_reason as {{ text_type() }}) as reason
from retrieved_assets
left join evaluations
    on evaluations.subject_type = 'retrieved_asset'
where retrieved_assets.verdict in ('NOT_APPROVED', 'EXPIRED', 'NOT_ELIGIBLE')
