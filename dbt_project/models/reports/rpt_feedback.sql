with

feedback as (

    select * from {{ ref('fct_feedback') }}

),

communities as (

    select * from {{ ref('dim_communities') }}

),

partners as (

    select * from {{ ref('dim_partners') }}

),

assets as (

    select * from {{ ref('dim_assets') }}

)

select
    feedback.feedback_key,
    feedback.community_key,
    feedback.partner_key,
    feedback.asset_key,
    feedback.publication_key,
    feedback.answer_publication_key,
    feedback.feedback_id_trading_grid,
    communities.community_name,
    partners.partner_name,
    feedback.category,
    feedback.asset_id_cloudinary,
    feedback.public_id,
    assets.display_name,
    feedback.rendition_name,
    feedback.device_code,
    feedback.request_text,
    feedback.answer_text,
    feedback.status_code,
    feedback.change_reason,
    feedback.before_version_number,
    feedback.before_bytes,
    feedback.before_width_px,
    feedback.before_height_px,
    feedback.after_version_number,
    feedback.after_bytes,
    feedback.after_width_px,
    feedback.after_height_px,
    feedback.hours_to_answer,
    feedback.was_reopened,
    feedback.reported_at,
    feedback.answered_at,
    feedback.reopened_at,
    feedback.answer_due_at,
    feedback.republished_at
from feedback
left join communities
    on feedback.community_key = communities.community_key
left join partners
    on feedback.partner_key = partners.partner_key
left join assets
    on feedback.asset_key = assets.asset_key
