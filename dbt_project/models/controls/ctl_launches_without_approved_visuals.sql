with

visuals as (

    select * from {{ ref('fct_launch_visuals') }}

),

evaluations as (

    select * from {{ ref('int_evaluations__dated') }}

)

select
    {{ control_columns(
        'launch_visual',
        'visuals.launch_requirement_key',
        'visuals.launch_requirement_id',
        'visuals.asset_key',
        'null',
        'visuals.launch_at',
        "'launched_' || visuals.visual_state"
    ) }}
from visuals
left join evaluations
    on evaluations.subject_type = 'launch_visual'
where
    visuals.is_over
    and visuals.visual_state in ('not_approved', 'expired', 'not_eligible', 'not_uploaded')
