with

visuals as (

    select * from {{ ref('fct_launch_visuals') }}

),

launches as (

    select * from {{ ref('dim_launches') }}

),

uses_after_launch as (

    select * from {{ ref('fct_uses_after_launch') }}

),

visual_counts as (

    select
        launch_key,
        count(*) as visual_count,
        count(case when visual_state = 'launched' then 1 end) as approved_count,
        count(
            case when visual_state in ('not_approved', 'expired', 'not_eligible', 'not_uploaded') then 1 end
        ) as unapproved_count,
        count(first_referenced_at) as referenced_count,
        count(first_sent_at) as sent_count,
        min(first_approved_at) as first_approved_at,
        case when count(first_approved_at) = count(*) then max(first_approved_at) end as last_approved_at,
        min(first_referenced_at) as first_referenced_at,
        min(first_sent_at) as first_sent_at,
        max({{ whole_hours_between('first_approved_at', 'first_referenced_at') }})
            as longest_approved_to_referenced_hours,
        max({{ whole_hours_between('first_referenced_at', 'first_sent_at') }}) as longest_referenced_to_sent_hours,
        max({{ whole_hours_between('first_approved_at', 'first_sent_at') }}) as longest_approved_to_sent_hours
    from visuals
    group by launch_key

),

use_counts as (

    select
        launch_key,
        count(*) as use_count,
        count(case when age_code = 'old' then 1 end) as old_use_count,
        count(distinct case when age_code = 'old' then communication_key end) as old_communication_count,
        max(case when age_code = 'old' then generated_at end) as last_old_use_at
    from uses_after_launch
    group by launch_key

)

select
    launches.launch_key,
    launches.launch_id_trading_grid,
    launches.launch_name,
    launches.product_line_code,
    launches.campaign_code,
    launches.status_code,
    coalesce(visual_counts.visual_count, 0) as visual_count,
    coalesce(visual_counts.approved_count, 0) as approved_count,
    coalesce(visual_counts.unapproved_count, 0) as unapproved_count,
    coalesce(visual_counts.referenced_count, 0) as referenced_count,
    coalesce(visual_counts.sent_count, 0) as sent_count,
    visual_counts.longest_approved_to_referenced_hours,
    visual_counts.longest_referenced_to_sent_hours,
    visual_counts.longest_approved_to_sent_hours,
    coalesce(use_counts.use_count, 0) as use_count,
    coalesce(use_counts.old_use_count, 0) as old_use_count,
    coalesce(use_counts.old_communication_count, 0) as old_communication_count,
    launches.is_over,
    launches.launch_at,
    visual_counts.first_approved_at,
    visual_counts.last_approved_at,
    visual_counts.first_referenced_at,
    visual_counts.first_sent_at,
    use_counts.last_old_use_at,
    launches.evaluated_at
from launches
left join visual_counts
    on launches.launch_key = visual_counts.launch_key
left join use_counts
    on launches.launch_key = use_counts.launch_key
