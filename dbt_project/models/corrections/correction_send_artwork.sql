with

exceptions as (

    select * from {{ ref('fct_exceptions') }}
    where control_name = 'ctl_outdated_artwork'

),

distributions as (

    select * from {{ ref('fct_distributions') }}
    where gtin14 is not null

),

communities as (

    select * from {{ ref('dim_communities') }}

),

publishable as (

    select * from {{ ref('dim_publishable_versions') }}

),

versions as (

    select * from {{ ref('dim_asset_versions') }}

),

catalogue_rules as (

    select * from {{ ref('catalogue_rules') }}

),

asked as (

    -- Without a community an approval for certain regions does not cover the partner.
    select
        distributions.*,
        communities.community_id_trading_grid,
        communities.region_code as jurisdiction_code
    from distributions
    left join communities
        on distributions.community_key = communities.community_key

),

fitting as (

    -- What the catalogue would refuse is not proposed; what is not known is seen when the file is there.
    select distinct
        asked.distribution_key,
        publishable.asset_id_cloudinary,
        publishable.public_id,
        publishable.resource_type,
        publishable.version_number,
        publishable.etag,
        publishable.format_code
    from asked
    inner join publishable
        on asked.asset_id_cloudinary = publishable.asset_id_cloudinary
    inner join versions
        on publishable.asset_version_key = versions.asset_version_key
    inner join catalogue_rules
        on
            publishable.evaluated_at >= catalogue_rules.valid_from
            and publishable.evaluated_at < catalogue_rules.valid_to
            and publishable.format_code = catalogue_rules.format_code
    where
        publishable.etag is distinct from asked.etag
        and coalesce(versions.size_bytes <= catalogue_rules.max_bytes, true)
        and {{ is_jurisdiction_allowed('publishable', 'asked') }}

)

select
{{ correction_columns(
    'send_artwork',
    subject_id='exceptions.subject_id',
    community_id='asked.community_id_trading_grid',
    target_id='asked.distribution_id_trading_grid',
    asset_id='fitting.asset_id_cloudinary',
    public_id='fitting.public_id',
    resource_type='fitting.resource_type',
    expected_version='asked.version_number',
    expected_etag='asked.etag',
    desired_version='fitting.version_number',
    desired_etag='fitting.etag',
    desired_format='fitting.format_code',
    rendition="case when asked.catalogue_reason in ('fits', 'too_heavy_for_catalogue', 'not_told') "
        ~ "then asked.file_name else concat(asked.gtin14, '_A1C1.jpg') end"
) }}
from exceptions
inner join asked
    on exceptions.subject_key = asked.distribution_key
inner join fitting
    on asked.distribution_key = fitting.distribution_key
