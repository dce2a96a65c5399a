with

assets as (

    select * from {{ ref('dim_assets') }}

),

template_links as (

    select * from {{ ref('fct_template_links') }}
    where is_in_use and asset_key is not null

),

templates as (

    select * from {{ ref('dim_templates') }}

),

template_versions as (

    select * from {{ ref('dim_template_versions') }}

),

communications as (

    select * from {{ ref('fct_communications') }}

),

asset_uses as (

    select * from {{ ref('fct_asset_uses') }}
    where asset_key is not null

),

publications as (

    select * from {{ ref('fct_publications') }}
    where is_live and asset_key is not null

),

distributions as (

    select * from {{ ref('fct_distributions') }}
    where asset_key is not null

),

communications_by_template as (

    select
        domain_code,
        template_id_exstream,
        count(*) as communication_count
    from communications
    group by domain_code, template_id_exstream

),

asset_templates as (

    -- One row per asset and template, however many images of the template show the asset.
    select
        asset_key,
        template_key,
        max(case when is_behind then 1 else 0 end) as behind_count,
        max(case when evidence_strength = 'exact' then 1 else 0 end) as exact_count
    from template_links
    group by asset_key, template_key

),

names as (

    -- By each name that a template has or had, as a communication names it by the name of its day. A name that two
    -- templates had counts once.
    select
        asset_templates.asset_key,
        templates.domain_code,
        templates.template_id_exstream
    from asset_templates
    inner join templates
        on asset_templates.template_key = templates.template_key

    union

    select
        asset_templates.asset_key,
        templates.domain_code,
        template_versions.template_id_exstream
    from asset_templates
    inner join templates
        on asset_templates.template_key = templates.template_key
    inner join template_versions
        on asset_templates.template_key = template_versions.template_key

),

possible_communications as (

    select
        names.asset_key,
        sum(communications_by_template.communication_count) as communication_count
    from names
    inner join communications_by_template
        on
            names.domain_code = communications_by_template.domain_code
            and names.template_id_exstream = communications_by_template.template_id_exstream
    group by names.asset_key

),

in_templates as (

    select
        asset_templates.asset_key,
        count(*) as template_count,
        sum(asset_templates.behind_count) as behind_template_count,
        sum(asset_templates.exact_count) as exact_template_count,
        count(distinct templates.business_unit_code) as business_unit_count,
        count(distinct templates.region_code) as region_count
    from asset_templates
    inner join templates
        on asset_templates.template_key = templates.template_key
    group by asset_templates.asset_key

),

in_communications as (

    select
        asset_key,
        count(*) as use_count,
        count(distinct communication_key) as communication_count
    from asset_uses
    group by asset_key

),

in_communities as (

    select
        asset_key,
        count(*) as live_publication_count,
        count(distinct community_key) as community_count
    from publications
    group by asset_key

),

at_partners as (

    select
        asset_key,
        count(*) as distribution_count,
        count(distinct partner_key) as partner_count
    from distributions
    group by asset_key

)

select
    assets.asset_key,
    assets.asset_id_cloudinary,
    assets.public_id,
    assets.campaign_code,
    assets.product_line_code,
    cast(coalesce(in_templates.template_count, 0) as bigint) as template_count,
    cast(coalesce(in_templates.exact_template_count, 0) as bigint) as exact_template_count,
    cast(coalesce(in_templates.behind_template_count, 0) as bigint) as behind_template_count,
    cast(coalesce(in_templates.business_unit_count, 0) as bigint) as business_unit_count,
    cast(coalesce(in_templates.region_count, 0) as bigint) as region_count,
    cast(coalesce(possible_communications.communication_count, 0) as bigint) as possible_communication_count,
    cast(coalesce(in_communications.communication_count, 0) as bigint) as communication_count,
    cast(coalesce(in_communications.use_count, 0) as bigint) as use_count,
    cast(coalesce(in_communities.live_publication_count, 0) as bigint) as live_publication_count,
    cast(coalesce(in_communities.community_count, 0) as bigint) as community_count,
    cast(coalesce(at_partners.distribution_count, 0) as bigint) as distribution_count,
    cast(coalesce(at_partners.partner_count, 0) as bigint) as partner_count
from assets
left join in_templates
    on assets.asset_key = in_templates.asset_key
left join possible_communications
    on assets.asset_key = possible_communications.asset_key
left join in_communications
    on assets.asset_key = in_communications.asset_key
left join in_communities
    on assets.asset_key = in_communities.asset_key
left join at_partners
    on assets.asset_key = at_partners.asset_key
