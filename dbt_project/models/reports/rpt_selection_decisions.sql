with

selections as (

    select * from {{ ref('fct_selection_decisions') }}

),

communications as (

    select * from {{ ref('fct_communications') }}

),

assets as (

    select * from {{ ref('dim_assets') }}

),

asset_uses as (

    select * from {{ ref('fct_asset_uses') }}

)

select
    selections.selection_key,
    selections.communication_key,
    selections.asset_key,
    selections.asset_use_key,
    selections.selection_id_exstream,
    communications.communication_id_exstream,
    communications.recipient_pseudonym,
    selections.selection_rule_name,
    selections.selection_event_code,
    selections.selection_inputs_json,
    selections.chosen_reference,
    assets.asset_id_cloudinary,
    coalesce(asset_uses.public_id, assets.public_id) as public_id,
    asset_uses.version_number,
    selections.campaign_code,
    assets.campaign_code as asset_campaign_code,
    selections.campaign_reason,
    selections.verdict,
    selections.verdict_reason,
    selections.channel_code,
    selections.document_type,
    selections.segment_code,
    selections.jurisdiction_code,
    selections.candidate_count,
    selections.is_chosen_among_candidates,
    selections.generated_at
from selections
left join communications
    on selections.communication_key = communications.communication_key
left join assets
    on selections.asset_key = assets.asset_key
left join asset_uses
    on selections.asset_use_key = asset_uses.asset_use_key
