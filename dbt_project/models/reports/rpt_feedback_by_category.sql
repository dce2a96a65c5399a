with

feedback as (

    -- An asset that is not known has the name that partners give it, and no other one.
    select
        *,
        case when asset_id_cloudinary is null then public_id end as unknown_public_id
    from {{ ref('fct_feedback') }}

)

select
    {{ surrogate_key(['category', 'asset_id_cloudinary', 'unknown_public_id']) }} as feedback_group_key,
    category,
    asset_id_cloudinary,
    max(public_id) as public_id,
    count(*) as feedback_count,
    count(case when is_open then 1 end) as open_count,
    count(case when was_reopened then 1 end) as reopened_count,
    count(case when change_reason = 'changed' then 1 end) as changed_count,
    count(case when change_reason = 'unchanged' then 1 end) as unchanged_count,
    count(case when change_reason in ('heavier', 'wider') then 1 end) as worse_count,
    cast(floor(avg(hours_to_answer)) as bigint) as average_hours_to_answer,
    max(hours_to_answer) as max_hours_to_answer,
    min(reported_at) as first_reported_at,
    max(reported_at) as last_reported_at
from feedback
group by category, asset_id_cloudinary, unknown_public_id
