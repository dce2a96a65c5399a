with

visuals as (

    select * from {{ ref('fct_launch_visuals') }}

),

launches as (

    select * from {{ ref('dim_launches') }}

),

communities as (

    select * from {{ ref('dim_communities') }}

),

assets as (

    select * from {{ ref('dim_assets') }}

),

approvals as (

    select * from {{ ref('fct_approvals') }}

),

uses_after_launch as (

    select * from {{ ref('fct_uses_after_launch') }}

),

template_links as (

    select * from {{ ref('fct_template_links') }}
    where is_in_use

),

templates as (

    select * from {{ ref('dim_templates') }}

),

use_counts as (

    select
        launch_requirement_key,
        count(case when age_code = 'launched' then 1 end) as launched_use_count,
        count(case when age_code = 'old' then 1 end) as old_use_count,
        count(case when age_code = 'newer' then 1 end) as newer_use_count,
        count(case when age_code = 'not_known' then 1 end) as not_known_use_count,
        max(case when age_code = 'old' then generated_at end) as last_old_use_at
    from uses_after_launch
    group by launch_requirement_key

),

last_uploads as (

    -- The same bytes may have been uploaded again since: they are as new as their last upload.
    select
        asset_id_cloudinary,
        etag,
        max(live_from) as last_uploaded_at
    from {{ ref('dim_asset_versions') }}
    group by asset_id_cloudinary, etag

),

template_counts as (

    -- Templates of the region that still show a version older than the launched one.
    select
        visuals.launch_requirement_key,
        count(distinct template_links.template_key) as old_template_count
    from visuals
    inner join template_links
        on visuals.asset_id_cloudinary = template_links.asset_id_cloudinary
    inner join templates
        on template_links.template_key = templates.template_key
    inner join last_uploads
        on
            template_links.asset_id_cloudinary = last_uploads.asset_id_cloudinary
            and template_links.etag = last_uploads.etag
    where
        visuals.is_over
        and template_links.link_state = 'old'
        and last_uploads.last_uploaded_at < visuals.uploaded_at
        and coalesce(visuals.region_code = templates.region_code, true)
    group by visuals.launch_requirement_key

)

select
    visuals.launch_requirement_key,
    visuals.launch_key,
    visuals.community_key,
    visuals.asset_key,
    visuals.asset_version_key,
    visuals.launch_requirement_id,
    visuals.launch_id_trading_grid,
    launches.launch_name,
    communities.community_name,
    visuals.asset_id_cloudinary,
    visuals.public_id,
    assets.display_name,
    visuals.etag,
    visuals.region_code,
    visuals.visual_state,
    approvals.approver_id,
    visuals.version_number,
    {{ whole_hours_between('visuals.first_approved_at', 'visuals.first_referenced_at') }}
        as approved_to_referenced_hours,
    {{ whole_hours_between('visuals.first_referenced_at', 'visuals.first_sent_at') }} as referenced_to_sent_hours,
    {{ whole_hours_between('visuals.first_approved_at', 'visuals.first_sent_at') }} as approved_to_sent_hours,
    {{ whole_hours_between('visuals.launch_at', 'visuals.first_referenced_at') }} as launched_to_referenced_hours,
    coalesce(use_counts.launched_use_count, 0) as launched_use_count,
    coalesce(use_counts.old_use_count, 0) as old_use_count,
    coalesce(use_counts.newer_use_count, 0) as newer_use_count,
    coalesce(use_counts.not_known_use_count, 0) as not_known_use_count,
    coalesce(template_counts.old_template_count, 0) as old_template_count,
    visuals.is_over,
    visuals.launch_at,
    visuals.first_approved_at,
    visuals.first_referenced_at,
    visuals.first_sent_at,
    use_counts.last_old_use_at,
    visuals.evaluated_at
from visuals
left join launches
    on visuals.launch_key = launches.launch_key
left join communities
    on visuals.community_key = communities.community_key
left join assets
    on visuals.asset_key = assets.asset_key
left join approvals
    on visuals.approval_key = approvals.approval_key
left join use_counts
    on visuals.launch_requirement_key = use_counts.launch_requirement_key
left join template_counts
    on visuals.launch_requirement_key = template_counts.launch_requirement_key
