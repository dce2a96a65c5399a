with

exceptions as (

    select * from {{ ref('fct_exceptions') }}

),

cases as (

    select * from {{ ref('fct_cases') }}

),

communities as (

    select * from {{ ref('dim_communities') }}

),

assets as (

    select * from {{ ref('dim_assets') }}

),

versions as (

    select * from {{ ref('dim_asset_versions') }}

)

-- A delivery URL serves the newest bytes whatever version it names: only those may be sent to anybody.
select
{{ correction_columns(
    'replacement_link',
    subject_id='exceptions.subject_id',
    community_id='communities.community_id_trading_grid',
    case_id='cases.case_id_trading_grid',
    asset_id='assets.asset_id_cloudinary',
    public_id='assets.public_id',
    resource_type='assets.resource_type',
    expected_version='cases.reported_version_number',
    expected_etag='reported_versions.etag',
    desired_version='cases.corrected_version_number',
    desired_etag='corrected_versions.etag',
    desired_format='corrected_versions.format_code'
) }}
from exceptions
inner join cases
    on exceptions.subject_key = cases.case_key
inner join assets
    on cases.asset_key = assets.asset_key
inner join versions as corrected_versions
    on cases.corrected_asset_version_key = corrected_versions.asset_version_key
left join versions as reported_versions
    on cases.reported_asset_version_key = reported_versions.asset_version_key
left join communities
    on cases.community_key = communities.community_key
where
    exceptions.control_name = 'ctl_unanswered_corrected_cases'
    and corrected_versions.etag = assets.current_etag
    and not assets.is_deleted
