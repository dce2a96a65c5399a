with

template_links as (

    select * from {{ ref('fct_template_links') }}

)

select
    cast('template_link' as {{ text_type() }}) as subject_type,
    cast(template_image_key as {{ text_type() }}) as subject_key,
    cast(template_image_id as {{ text_type() }}) as subject_id,
    cast(asset_key as {{ text_type() }}) as asset_key,
    cast(null as {{ text_type() }}) as communication_key,
    cast(newest_approved_since as {{ instant_type() }}) as occurred_at,
    cast(evaluated_at as {{ instant_type() }}) as evaluated_at,
    cast(verdict_reason as {{ text_type() }}) as reason
from template_links
where is_behind
