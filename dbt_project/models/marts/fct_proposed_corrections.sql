with

exceptions as (

    select * from {{ ref('fct_exceptions') }}

),

cases as (

    select * from {{ ref('fct_cases') }}

),

publications as (

    select * from {{ ref('fct_publications') }}

),

communities as (

    select * from {{ ref('dim_communities') }}

),

assets as (

    select * from {{ ref('dim_assets') }}

),

versions as (

    select * from {{ ref('dim_asset_versions') }}

),

-- A delivery URL serves the newest bytes whatever version it names: only those may be sent to anybody.
replacement_links as (

    select
        'replacement_link' as kind,
        exceptions.exception_key,
        exceptions.subject_id,
        communities.community_id_trading_grid,
        cases.case_id_trading_grid,
        cast(null as {{ text_type() }}) as publication_id_trading_grid,
        assets.asset_id_cloudinary,
        assets.public_id,
        cases.reported_version_number as expected_version_number,
        reported_versions.etag as expected_etag,
        cases.corrected_version_number as desired_version_number,
        corrected_versions.etag as desired_etag,
        corrected_versions.format_code as desired_format_code,
        assets.resource_type,
        exceptions.reason
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

),

republications as (

    select
        'republish_approved_version' as kind,
        exceptions.exception_key,
        exceptions.subject_id,
        publications.community_id_trading_grid,
        cast(null as {{ text_type() }}) as case_id_trading_grid,
        publications.publication_id_trading_grid,
        assets.asset_id_cloudinary,
        assets.public_id,
        publications.version_number as expected_version_number,
        publications.etag as expected_etag,
        newest_versions.version_number as desired_version_number,
        newest_versions.etag as desired_etag,
        newest_versions.format_code as desired_format_code,
        assets.resource_type,
        exceptions.reason
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

),

proposed as (

    select * from replacement_links
    union all
    select * from republications

)

select
    {{ surrogate_key(['kind', 'subject_id', 'desired_version_number', 'desired_etag']) }} as correction_key,
    cast(kind as {{ text_type() }}) as kind,
    cast(exception_key as {{ text_type() }}) as exception_key,
    cast(subject_id as {{ text_type() }}) as subject_id,
    cast(community_id_trading_grid as {{ text_type() }}) as community_id_trading_grid,
    cast(case_id_trading_grid as {{ text_type() }}) as case_id_trading_grid,
    cast(publication_id_trading_grid as {{ text_type() }}) as publication_id_trading_grid,
    cast(asset_id_cloudinary as {{ text_type() }}) as asset_id_cloudinary,
    cast(public_id as {{ text_type() }}) as public_id,
    cast(expected_version_number as bigint) as expected_version_number,
    cast(expected_etag as {{ text_type() }}) as expected_etag,
    cast(desired_version_number as bigint) as desired_version_number,
    cast(desired_etag as {{ text_type() }}) as desired_etag,
    cast(desired_format_code as {{ text_type() }}) as desired_format_code,
    cast(resource_type as {{ text_type() }}) as resource_type,
    cast(reason as {{ text_type() }}) as reason
from proposed
