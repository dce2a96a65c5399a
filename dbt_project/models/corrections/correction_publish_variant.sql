with

exceptions as (

    select * from {{ ref('fct_exceptions') }}
    where control_name = 'ctl_missing_variants'

),

needs as (

    select * from {{ ref('fct_community_needs') }}

),

communities as (

    select
        *,
        region_code as jurisdiction_code
    from {{ ref('dim_communities') }}

),

publishable as (

    select * from {{ ref('dim_publishable_versions') }}

),

fitting as (

    select distinct
        needs.community_need_key,
        publishable.asset_id_cloudinary,
        publishable.public_id,
        publishable.resource_type,
        publishable.version_number,
        publishable.etag,
        publishable.format_code
    from needs
    inner join communities
        on needs.community_key = communities.community_key
    inner join publishable
        on needs.asset_id_cloudinary = publishable.asset_id_cloudinary
    where {{ is_jurisdiction_allowed('publishable', 'communities') }}

)

select
{{ correction_columns(
    'publish_variant',
    subject_id='exceptions.subject_id',
    community_id='needs.community_id_trading_grid',
    target_id="concat_ws(':', needs.community_id_trading_grid, needs.asset_reference, needs.region_code, "
        ~ "needs.language_code, needs.device_code)",
    asset_id='fitting.asset_id_cloudinary',
    public_id='fitting.public_id',
    resource_type='fitting.resource_type',
    desired_version='fitting.version_number',
    desired_etag='fitting.etag',
    desired_format='fitting.format_code',
    rendition="'web'",
    region="case when needs.region_code = 'any' then communities.region_code else needs.region_code end",
    language="case when needs.language_code = 'any' then communities.language_code else needs.language_code end",
    device="case when needs.device_code <> 'any' then needs.device_code end",
    transformation=light_rendition('fitting.resource_type')
) }}
from exceptions
inner join needs
    on exceptions.subject_key = needs.community_need_key
inner join communities
    on needs.community_key = communities.community_key
inner join fitting
    on needs.community_need_key = fitting.community_need_key
