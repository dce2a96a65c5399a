with

exceptions as (

    select * from {{ ref('fct_exceptions') }}

),

publications as (

    select * from {{ ref('fct_publications') }}

),

assets as (

    select * from {{ ref('dim_assets') }}

),

versions as (

    select * from {{ ref('dim_asset_versions') }}

)

select
{{ correction_columns(
    'republish_approved_version',
    subject_id='exceptions.subject_id',
    community_id='publications.community_id_trading_grid',
    publication_id='publications.publication_id_trading_grid',
    asset_id='assets.asset_id_cloudinary',
    public_id='assets.public_id',
    resource_type='assets.resource_type',
    expected_version='publications.version_number',
    expected_etag='publications.etag',
    desired_version='newest_versions.version_number',
    desired_etag='newest_versions.etag',
    desired_format='newest_versions.format_code'
) }}
from exceptions
inner join publications
    on exceptions.subject_key = publications.publication_key
inner join assets
    on publications.asset_key = assets.asset_key
inner join versions as newest_versions
    on publications.newest_approved_asset_version_key = newest_versions.asset_version_key
where
    exceptions.control_name = 'ctl_outdated_community_assets'
    and newest_versions.etag is distinct from publications.etag
    and newest_versions.etag = assets.current_etag
    and not assets.is_deleted
