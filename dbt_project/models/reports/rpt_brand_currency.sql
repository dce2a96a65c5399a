with

templates as (

    select * from {{ ref('dim_templates') }}
    where is_in_use

),

template_links as (

    select * from {{ ref('fct_template_links') }}
    where is_in_use

),

states as (

    -- A template is what the worst of its images is.
    select
        template_key,
        count(*) as image_count,
        bool_or(is_behind) as is_behind,
        bool_and(coalesce(evidence_strength = 'exact', false)) as is_all_exact,
        max(evaluated_at) as evaluated_at,
        max(case link_state when 'not_approved' then 4 when 'old' then 3 when 'unknown' then 2 else 1 end) as worst
    from template_links
    group by template_key

)

select
    {{ surrogate_key(['templates.business_unit_code', 'templates.region_code']) }} as brand_currency_key,
    coalesce(templates.business_unit_code, 'unknown') as business_unit_code,
    coalesce(templates.region_code, 'unknown') as region_code,
    count(*) as template_count,
    count(case when states.worst = 1 then 1 end) as current_count,
    count(case when states.worst = 1 and not states.is_all_exact then 1 end) as possibly_current_count,
    count(case when states.worst = 3 then 1 end) as old_count,
    count(case when states.is_behind then 1 end) as behind_count,
    count(case when states.worst = 4 then 1 end) as not_approved_count,
    count(case when states.worst = 2 then 1 end) as unknown_count,
    count(case when states.template_key is null then 1 end) as without_images_count,
    cast(coalesce(sum(states.image_count), 0) as bigint) as image_count,
    cast(
        100 * count(case when states.worst = 1 then 1 end) / nullif(count(states.template_key), 0) as bigint
    ) as current_percent,
    max(states.evaluated_at) as evaluated_at
from templates
left join states
    on templates.template_key = states.template_key
group by templates.business_unit_code, templates.region_code
