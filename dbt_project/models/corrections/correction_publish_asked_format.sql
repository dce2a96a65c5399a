with

exceptions as (

    select * from {{ ref('fct_exceptions') }}
    where control_name = 'ctl_unanswered_format_requests'

),

requests as (

    select * from {{ ref('fct_format_requests') }}

),

publications as (

    select * from {{ ref('fct_publications') }}

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

    -- Formats that Cloudinary makes of any image; the community is the request's own, or where it saw the asset.
    select distinct
        requests.format_request_key,
        communities.community_id_trading_grid,
        communities.region_code,
        communities.language_code,
        publishable.asset_id_cloudinary,
        publishable.public_id,
        publishable.resource_type,
        publishable.version_number,
        publishable.etag
    from requests
    left join publications
        on requests.publication_key = publications.publication_key
    inner join communities
        on coalesce(requests.community_key, publications.community_key) = communities.community_key
    inner join publishable
        on requests.asset_id_cloudinary = publishable.asset_id_cloudinary
    where
        publishable.resource_type = 'image'
        and lower(requests.requested_format_code) in ('jpg', 'png', 'webp', 'avif', 'gif')
        and {{ is_jurisdiction_allowed('publishable', 'communities') }}

)

select
{{ correction_columns(
    'publish_asked_format',
    subject_id='exceptions.subject_id',
    community_id='fitting.community_id_trading_grid',
    target_id='requests.format_request_id_trading_grid',
    asset_id='fitting.asset_id_cloudinary',
    public_id='fitting.public_id',
    resource_type='fitting.resource_type',
    desired_version='fitting.version_number',
    desired_etag='fitting.etag',
    desired_format='lower(requests.requested_format_code)',
    rendition='lower(requests.requested_format_code)',
    region='fitting.region_code',
    language='fitting.language_code'
) }}
from exceptions
inner join requests
    on exceptions.subject_key = requests.format_request_key
inner join fitting
    on requests.format_request_key = fitting.format_request_key
