with

uses_after_launch as (

    select * from {{ ref('fct_uses_after_launch') }}

),

evaluations as (

    select * from {{ ref('int_evaluations__dated') }}

)

select
    {{ control_columns(
        'use_after_launch',
        'uses_after_launch.asset_use_key',
        'uses_after_launch.asset_use_id',
        'uses_after_launch.asset_key',
        'uses_after_launch.communication_key',
        'uses_after_launch.generated_at',
        "'old_visual_after_launch'"
    ) }}
from uses_after_launch
left join evaluations
    on evaluations.subject_type = 'use_after_launch'
where uses_after_launch.age_code = 'old'
