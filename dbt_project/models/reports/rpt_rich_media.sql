with

rich_media_uses as (

    select * from {{ ref('fct_rich_media_uses') }}

),

communications as (

    select * from {{ ref('fct_communications') }}

),

assets as (

    select * from {{ ref('dim_assets') }}

)

select
    rich_media_uses.asset_use_key,
    rich_media_uses.communication_key,
    rich_media_uses.asset_key,
    rich_media_uses.target_asset_key,
    rich_media_uses.asset_use_id,
    communications.communication_id_exstream,
    communications.document_type,
    communications.segment_code,
    communications.jurisdiction_code,
    rich_media_uses.channel_code,
    thumbnails.public_id,
    rich_media_uses.verdict,
    rich_media_uses.target_reference,
    rich_media_uses.target_public_id,
    targets.resource_type as target_resource_type,
    rich_media_uses.target_state,
    rich_media_uses.target_state_now,
    rich_media_uses.thumbnail_source_state,
    rich_media_uses.version_number,
    rich_media_uses.target_version_number,
    rich_media_uses.served_version_number,
    rich_media_uses.served_version_number_now,
    rich_media_uses.target_state = 'approved'
    and rich_media_uses.target_state_now not in ('approved', 'not_known') as has_lost_target,
    rich_media_uses.generated_at,
    rich_media_uses.evaluated_at
from rich_media_uses
left join communications
    on rich_media_uses.communication_key = communications.communication_key
left join assets as thumbnails
    on rich_media_uses.asset_key = thumbnails.asset_key
left join assets as targets
    on rich_media_uses.target_asset_key = targets.asset_key
