with

exceptions as (

    select * from {{ ref('fct_exceptions') }}

),

control_parameters as (

    select * from {{ ref('control_parameters') }}

),

asset_uses as (

    select * from {{ ref('fct_asset_uses') }}

),

publications as (

    select * from {{ ref('fct_publications') }}

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

corrections as (

    select * from {{ ref('fct_proposed_corrections') }}

)

select
    exceptions.exception_key,
    exceptions.subject_key,
    exceptions.asset_key,
    exceptions.communication_key,
    exceptions.control_name,
    control_parameters.control_title,
    exceptions.subject_type,
    exceptions.subject_id,
    asset_uses.communication_id_exstream,
    communities.community_id_trading_grid,
    communities.community_name,
    assets.asset_id_cloudinary,
    coalesce(asset_uses.public_id, publications.public_id, cases.public_id, assets.public_id) as public_id,
    coalesce(asset_uses.version_number, publications.version_number, cases.reported_version_number) as version_number,
    coalesce(asset_uses.etag, publications.etag) as etag,
    case
        when exceptions.subject_type = 'asset_use' then asset_uses.channel_code
        else 'community'
    end as channel_code,
    asset_uses.segment_code,
    coalesce(asset_uses.jurisdiction_code, communities.region_code) as jurisdiction_code,
    coalesce(asset_uses.verdict, publications.verdict_now) as verdict,
    exceptions.reason,
    corrections.correction_key,
    corrections.kind as correction_kind,
    exceptions.is_standing,
    exceptions.occurred_at,
    exceptions.evaluated_at
from exceptions
inner join control_parameters
    on exceptions.control_name = control_parameters.control_name
left join asset_uses
    on
        exceptions.subject_type = 'asset_use'
        and exceptions.subject_key = asset_uses.asset_use_key
left join publications
    on
        exceptions.subject_type = 'publication'
        and exceptions.subject_key = publications.publication_key
left join cases
    on
        exceptions.subject_type = 'case'
        and exceptions.subject_key = cases.case_key
left join communities
    on coalesce(publications.community_key, cases.community_key) = communities.community_key
left join assets
    on exceptions.asset_key = assets.asset_key
left join corrections
    on exceptions.exception_key = corrections.exception_key
