with

justified_uses as (

    select * from {{ ref('int_asset_uses__justified') }}

),

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
    cast(
        case when justified_uses.has_selection then 'another_asset_chosen' else 'no_selection_recorded' end
        as {{ text_type() }}
    ) as reason
from justified_uses
inner join asset_uses
    on justified_uses.asset_use_key = asset_uses.asset_use_key
left join evaluations
    on evaluations.subject_type = 'asset_use'
where
    justified_uses.needs_selection
    and justified_uses.selection_key is null
    and not justified_uses.has_conflicts
