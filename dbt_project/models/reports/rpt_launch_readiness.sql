{% set streams_of_words = ['acknowledgements', 'flags', 'format_requests', 'members', 'tasks'] %}
with

launches as (

    select * from {{ ref('dim_launches') }}

),

requirements as (

    select * from {{ ref('fct_launch_requirements') }}

),

flags as (

    select * from {{ ref('fct_flags') }}

),

format_requests as (

    select * from {{ ref('fct_format_requests') }}

),

tasks as (

    select * from {{ ref('fct_launch_tasks') }}

),

communities_launches as (

    select * from {{ ref('bridge_communities_launches') }}

),

memberships as (

    select * from {{ ref('bridge_communities_partners') }}

),

members as (

    select * from memberships
    where {{ is_member('memberships') }}

),

acknowledgements as (

    select * from {{ ref('fct_acknowledgements') }}
    where launch_key is not null

),

claims as (

    select * from {{ ref('fct_claims') }}

),

evaluated as (

    -- What is open, and who is silent, is known as far as all that partners may say is completely read.
    {{ claimed_until('claims', 'trading_grid', streams_of_words, needs_all=false) }}

),

requirement_counts as (

    select
        launch_key,
        count(case when readiness_reason <> 'not_required' then 1 end) as required_count,
        count(case when readiness_reason = 'ready' then 1 end) as ready_count,
        count(case when readiness_reason in ('approval_pending', 'approval_not_known') then 1 end)
            as approval_pending_count,
        count(
            case
                when readiness_reason in ('asset_not_named', 'another_variant_published', 'not_published') then 1
            end
        ) as missing_count
    from requirements
    group by launch_key

),

flag_counts as (

    select
        launch_key,
        count(case when is_open then 1 end) as open_flag_count
    from flags
    group by launch_key

),

request_counts as (

    select
        launch_key,
        count(case when is_open then 1 end) as open_format_request_count
    from format_requests
    group by launch_key

),

task_counts as (

    select
        launch_key,
        count(case when is_open then 1 end) as open_task_count
    from tasks
    group by launch_key

),

heard as (

    -- A partner spoke who acknowledged the launch or refused it, did a task, raised a flag or asked for a format.
    select
        launch_key,
        partner_key
    from acknowledgements
    union
    select
        launch_key,
        partner_key
    from tasks
    where not is_open
    union
    select
        launch_key,
        partner_key
    from flags
    union
    select
        launch_key,
        partner_key
    from format_requests

),

invited as (

    select distinct
        communities_launches.launch_key,
        members.partner_key
    from communities_launches
    inner join members
        on communities_launches.community_key = members.community_key

),

partner_counts as (

    select
        invited.launch_key,
        count(*) as partner_count,
        count(case when heard.partner_key is null then 1 end) as silent_partner_count
    from invited
    left join heard
        on
            invited.launch_key = heard.launch_key
            and invited.partner_key = heard.partner_key
    group by invited.launch_key

),

counted as (

    select
        launches.launch_key,
        launches.launch_id_trading_grid,
        launches.launch_name,
        launches.product_line_code,
        launches.campaign_code,
        launches.status_code,
        launches.is_over,
        launches.launch_at,
        launches.readiness_due_at,
        case
            when launches.evaluated_at is not null and evaluated.evaluated_at is not null
                then least(launches.evaluated_at, evaluated.evaluated_at)
        end as evaluated_at,
        coalesce(requirement_counts.required_count, 0) as required_count,
        coalesce(requirement_counts.ready_count, 0) as ready_count,
        coalesce(requirement_counts.approval_pending_count, 0) as approval_pending_count,
        coalesce(requirement_counts.missing_count, 0) as missing_count,
        coalesce(flag_counts.open_flag_count, 0) as open_flag_count,
        coalesce(request_counts.open_format_request_count, 0) as open_format_request_count,
        coalesce(task_counts.open_task_count, 0) as open_task_count,
        coalesce(partner_counts.partner_count, 0) as partner_count,
        coalesce(partner_counts.silent_partner_count, 0) as silent_partner_count
    from launches
    cross join evaluated
    left join requirement_counts
        on launches.launch_key = requirement_counts.launch_key
    left join flag_counts
        on launches.launch_key = flag_counts.launch_key
    left join request_counts
        on launches.launch_key = request_counts.launch_key
    left join task_counts
        on launches.launch_key = task_counts.launch_key
    left join partner_counts
        on launches.launch_key = partner_counts.launch_key

)

select
    launch_key,
    launch_id_trading_grid,
    launch_name,
    product_line_code,
    campaign_code,
    status_code,
    -- Silence of a partner stops no launch: it is shown beside.
    case
        when status_code = 'cancelled' then 'cancelled'
        when
            required_count > 0
            and required_count = ready_count
            and open_flag_count = 0
            and open_format_request_count = 0
            and open_task_count = 0
            then 'go'
        else 'no_go'
    end as readiness_code,
    required_count,
    ready_count,
    approval_pending_count,
    missing_count,
    open_flag_count,
    open_format_request_count,
    open_task_count,
    partner_count,
    silent_partner_count,
    is_over,
    launch_at,
    readiness_due_at,
    evaluated_at
from counted
