with

distributions as (

    select * from {{ ref('fct_distributions') }}

),

partners as (

    select * from {{ ref('dim_partners') }}

),

assets as (

    select * from {{ ref('dim_assets') }}

),

versions as (

    select * from {{ ref('dim_asset_versions') }}

),

claims as (

    select * from {{ ref('fct_claims') }}

),

evaluated as (

    {{ claimed_until('claims', 'trading_grid', ['distributions', 'acknowledgements']) }}

)

select
    distributions.distribution_key,
    distributions.partner_key,
    distributions.asset_key,
    distributions.distribution_id_trading_grid,
    partners.partner_id_trading_grid,
    partners.partner_name,
    distributions.gtin,
    distributions.asset_id_cloudinary,
    distributions.public_id,
    assets.display_name,
    distributions.file_name,
    distributions.content_hash,
    distributions.version_number,
    superseding_versions.version_number as superseding_version_number,
    distributions.verdict_at_issue,
    distributions.verdict_now,
    distributions.acknowledgement_reason,
    distributions.catalogue_reason,
    distributions.is_latest,
    distributions.issued_at,
    distributions.received_at,
    distributions.accepted_at,
    distributions.acknowledged_at,
    distributions.last_rejected_at,
    distributions.acknowledgement_due_at,
    superseding_versions.live_from as superseding_live_from,
    evaluated.evaluated_at
from distributions
cross join evaluated
left join partners
    on distributions.partner_key = partners.partner_key
left join assets
    on distributions.asset_key = assets.asset_key
left join versions as superseding_versions
    on distributions.superseding_asset_version_key = superseding_versions.asset_version_key
