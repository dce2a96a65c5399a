with

distributions as (

    -- What each partner holds of an artwork is what was issued last.
    select * from {{ ref('fct_distributions') }}
    where is_latest and gtin is not null

),

catalogue_images as (

    select * from {{ ref('dim_catalogue_images') }}
    where is_shown and item_type = 'gtin'

),

catalogued as (

    select
        gtin14,
        count(*) as image_count
    from catalogue_images
    group by gtin14

),

assets as (

    select * from {{ ref('dim_assets') }}

)

select
    {{ surrogate_key(['distributions.gtin', 'distributions.asset_id_cloudinary']) }} as label_key,
    distributions.gtin,
    distributions.asset_id_cloudinary,
    max(assets.public_id) as public_id,
    max(assets.gtin) as asset_gtin,
    max(assets.current_version_number) as current_version_number,
    count(*) as partner_count,
    count(distinct distributions.version_number) as version_count,
    count(distributions.received_at) as received_count,
    count(case when distributions.acknowledgement_reason = 'acknowledged' then 1 end) as acknowledged_count,
    count(case when distributions.acknowledgement_reason = 'rejected' then 1 end) as rejected_count,
    count(case when distributions.verdict_now in ('PROVEN', 'PROVEN_LATE') then 1 end) as approved_count,
    count(case when distributions.verdict_now = 'SUPERSEDED' then 1 end) as superseded_count,
    count(case when distributions.verdict_now in ('EXPIRED', 'NOT_APPROVED', 'NOT_ELIGIBLE') then 1 end)
        as not_approved_count,
    max(coalesce(catalogued.image_count, 0)) as catalogue_image_count,
    count(catalogue_images.catalogue_image_key) as catalogued_count,
    min(distributions.issued_at) as first_issued_at,
    max(distributions.issued_at) as last_issued_at
from distributions
left join assets
    on distributions.asset_key = assets.asset_key
left join catalogued
    on distributions.gtin14 = catalogued.gtin14
-- The catalogue knows an image of an item by its file name alone.
left join catalogue_images
    on
        distributions.gtin14 = catalogue_images.gtin14
        and distributions.file_name = catalogue_images.file_name
group by distributions.gtin, distributions.asset_id_cloudinary
