with

cases as (

    select * from {{ ref('fct_cases') }}

),

communities as (

    select * from {{ ref('dim_communities') }}

),

partners as (

    select * from {{ ref('dim_partners') }}

),

versions as (

    select * from {{ ref('dim_asset_versions') }}

),

approvals as (

    select * from {{ ref('fct_approvals') }}

)

select
    cases.case_key,
    cases.community_key,
    cases.partner_key,
    cases.asset_key,
    cases.reported_asset_version_key,
    cases.reported_approval_key,
    cases.corrected_asset_version_key,
    cases.corrected_approval_key,
    cases.case_id_trading_grid,
    communities.community_id_trading_grid,
    communities.community_name,
    partners.partner_id_trading_grid,
    partners.partner_name,
    cases.asset_id_cloudinary,
    cases.public_id,
    cases.status,
    cases.category,
    cases.subject,
    cases.verdict_at_opening,
    cases.verdict_reason_at_opening,
    reported_versions.etag as reported_etag,
    reported_versions.format_code as reported_format_code,
    reported_versions.uploaded_by_id as reported_uploaded_by_id,
    reported_approvals.approver_id as reported_approver_id,
    corrected_versions.etag as corrected_etag,
    corrected_versions.format_code as corrected_format_code,
    corrected_versions.uploaded_by_id as corrected_uploaded_by_id,
    corrected_approvals.approver_id as corrected_approver_id,
    cases.reported_version_number,
    reported_versions.size_bytes as reported_size_bytes,
    reported_versions.width_px as reported_width_px,
    reported_versions.height_px as reported_height_px,
    cases.corrected_version_number,
    corrected_versions.size_bytes as corrected_size_bytes,
    corrected_versions.width_px as corrected_width_px,
    corrected_versions.height_px as corrected_height_px,
    cases.answered_version_number,
    cases.hours_to_fix,
    cases.is_corrected,
    cases.is_answered,
    cases.opened_at,
    cases.updated_at,
    reported_versions.live_from as reported_live_from,
    reported_versions.live_to as reported_live_to,
    reported_approvals.granted_at as reported_approved_at,
    reported_approvals.in_force_to as reported_in_force_to,
    corrected_versions.live_from as corrected_live_from,
    corrected_versions.live_to as corrected_live_to,
    cases.corrected_at,
    cases.answered_at,
    cases.closed_at,
    cases._log_index
from cases
left join communities
    on cases.community_key = communities.community_key
left join partners
    on cases.partner_key = partners.partner_key
left join versions as reported_versions
    on cases.reported_asset_version_key = reported_versions.asset_version_key
left join approvals as reported_approvals
    on cases.reported_approval_key = reported_approvals.approval_key
left join versions as corrected_versions
    on cases.corrected_asset_version_key = corrected_versions.asset_version_key
left join approvals as corrected_approvals
    on cases.corrected_approval_key = corrected_approvals.approval_key
