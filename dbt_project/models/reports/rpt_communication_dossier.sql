with

asset_uses as (

    select * from {{ ref('fct_asset_uses') }}

),

communications as (

    -- A letter is of a segment and has its offers: an approval's limits count.
    select
        *,
        true as has_segment_rule,
        true as has_offer_rule
    from {{ ref('fct_communications') }}

),

renderings as (

    select * from {{ ref('fct_renderings') }}

),

assets as (

    select * from {{ ref('dim_assets') }}

),

versions as (

    select * from {{ ref('dim_asset_versions') }}

),

approvals as (

    select * from {{ ref('fct_approvals') }}

),

stretches as (

    select * from {{ ref('fct_claim_stretches') }}
    where system_code = 'cloudinary' and stream_name = 'notifications'

)

select
    asset_uses.asset_use_key,
    asset_uses.communication_key,
    asset_uses.rendering_key,
    asset_uses.asset_key,
    asset_uses.asset_version_key,
    asset_uses.approval_key,
    asset_uses.asset_use_id,
    asset_uses.communication_id_exstream,
    asset_uses.rendering_id_exstream,
    communications.flow_instance_id_exstream,
    communications.job_id_exstream,
    communications.recipient_pseudonym,
    communications.document_type,
    communications.template_id_exstream,
    communications.template_version,
    communications.segment_code,
    communications.jurisdiction_code,
    communications.language_code,
    communications.offers_list,
    communications.worst_verdict,
    renderings.channel_code,
    renderings.queue_name,
    renderings.file_name,
    asset_uses.ordinal,
    asset_uses.placeholder_name,
    asset_uses.binding,
    asset_uses.asset_id_cloudinary,
    asset_uses.public_id,
    assets.display_name,
    assets.resource_type,
    assets.campaign_code,
    assets.product_line_code,
    asset_uses.version_number,
    asset_uses.etag,
    asset_uses.format_code,
    asset_uses.delivery_url,
    asset_uses.transformation,
    versions.size_bytes,
    versions.width_px,
    versions.height_px,
    versions.uploaded_by_id,
    versions.live_from,
    versions.live_to,
    approvals.approver_id,
    approvals.granted_at,
    approvals.ended_at,
    approvals.ended_by,
    approvals.valid_from,
    approvals.valid_to,
    approvals.in_force_from,
    approvals.in_force_to,
    approvals.segments_list as approved_segments_list,
    approvals.jurisdictions_list as approved_jurisdictions_list,
    approvals.offers_list as approved_offers_list,
    -- Within the uncertainty of the clocks, and where an upload may have been missed, nobody can say.
    case
        when
            asset_uses.verdict_reason in (
                'window_not_covered',
                'history_not_covered',
                'not_yet_evaluated',
                'version_in_doubt',
                'version_not_notified'
            )
            then cast(null as boolean)
        when
            {{ latest_by_clocks('exstream', 'asset_uses.generated_at') }} < versions.live_from
            or {{ earliest_by_clocks('exstream', 'asset_uses.generated_at') }} > versions.live_to
            then false
        when
            {{ earliest_by_clocks('exstream', 'asset_uses.generated_at') }} > versions.live_from
            and {{ latest_by_clocks('exstream', 'asset_uses.generated_at') }} < versions.live_to
            then true
    end as is_current_at_composition,
    case
        when approvals.approval_key is not null then {{ is_segment_allowed('approvals', 'communications') }}
    end as is_segment_allowed,
    case
        when approvals.approval_key is not null then {{ is_jurisdiction_allowed('approvals', 'communications') }}
    end as is_jurisdiction_allowed,
    case
        when approvals.approval_key is not null then {{ is_offer_allowed('approvals', 'communications') }}
    end as is_offer_allowed,
    asset_uses.verdict,
    asset_uses.verdict_reason,
    asset_uses.evidence_strength,
    asset_uses.evidence_grade,
    asset_uses.version_evidence_grade,
    asset_uses.version_evidence_reason,
    -- How far a stretch reaches stands beside its key: here it would change every row with every claim.
    stretches.coverage_key,
    stretches.covered_from,
    {{ known_from('stretches') }} <= versions.live_from as is_covered_since_upload,
    asset_uses.superseding_asset_version_key,
    superseding_versions.version_number as superseding_version_number,
    superseding_versions.etag as superseding_etag,
    asset_uses.generated_at,
    asset_uses.recorded_at,
    asset_uses._log_index,
    versions._log_index as _version_log_index,
    approvals._log_index as _approval_log_index
from asset_uses
left join communications
    on asset_uses.communication_key = communications.communication_key
left join renderings
    on asset_uses.rendering_key = renderings.rendering_key
left join assets
    on asset_uses.asset_key = assets.asset_key
left join versions
    on asset_uses.asset_version_key = versions.asset_version_key
left join approvals
    on asset_uses.approval_key = approvals.approval_key
left join stretches
    on
        asset_uses.generated_at >= stretches.covered_from
        and {{ latest_by_clocks('exstream', 'asset_uses.generated_at') }} <= stretches.covered_to
left join versions as superseding_versions
    on asset_uses.superseding_asset_version_key = superseding_versions.asset_version_key
