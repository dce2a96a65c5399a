with

selections as (

    select * from {{ ref('fct_selection_decisions') }}

),

evaluations as (

    select * from {{ ref('int_evaluations__dated') }}

)

select
    cast('selection' as {{ text_type() }}) as subject_type,
    cast(selections.selection_key as {{ text_type() }}) as subject_key,
    cast(selections.selection_id_exstream as {{ text_type() }}) as subject_id,
    cast(selections.asset_key as {{ text_type() }}) as asset_key,
    cast(selections.communication_key as {{ text_type() }}) as communication_key,
    cast(selections.generated_at as {{ instant_type() }}) as occurred_at,
    cast(evaluations.evaluated_at as {{ instant_type() }}) as evaluated_at,
    cast(
        case
            when selections.campaign_reason = 'campaign_not_planned' then selections.campaign_reason
            when selections.campaign_reason = 'campaign_not_in_region' then selections.campaign_reason
            when selections.campaign_reason = 'outside_campaign_window' then selections.campaign_reason
            else selections.verdict_reason
        end as {{ text_type() }}
    ) as reason
from selections
left join evaluations
    on evaluations.subject_type = 'selection'
where
    selections.campaign_reason in ('campaign_not_planned', 'campaign_not_in_region', 'outside_campaign_window')
    or selections.verdict in ('NOT_APPROVED', 'EXPIRED', 'NOT_ELIGIBLE')
