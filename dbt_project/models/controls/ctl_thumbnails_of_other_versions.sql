with

rich_media_uses as (

    select * from {{ ref('fct_rich_media_uses') }}

),

evaluations as (

    select * from {{ ref('int_evaluations__dated') }}

)

select
    {{ control_columns(
        'rich_media',
        'rich_media_uses.asset_use_key',
        'rich_media_uses.asset_use_id',
        'rich_media_uses.asset_key',
        'rich_media_uses.communication_key',
        'rich_media_uses.generated_at',
        "'thumbnail_of_another_version'"
    ) }}
from rich_media_uses
left join evaluations
    on evaluations.subject_type = 'rich_media'
where rich_media_uses.thumbnail_source_state = 'another_version'
