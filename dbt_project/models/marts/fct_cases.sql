with

cases as (

    select * from {{ ref('stg_trading_grid__cases') }}

),

answered_cases as (

    select * from {{ ref('int_cases__answered') }}

),

assets as (

    select * from {{ ref('dim_assets') }}

)

select
    cast(cases.case_key as varchar) as case_key,
    cast(cases.case_id_trading_grid as varchar) as case_id_trading_grid,
    cast(cases.community_key as varchar) as community_key,
    cast(cases.partner_key as varchar) as partner_key,
    cast(assets.asset_key as varchar) as asset_key,
    cast(coalesce(answered_cases.asset_id_cloudinary, cases.asset_id_cloudinary) as varchar) as asset_id_cloudinary,
    cast(coalesce(cases.public_id, assets.public_id) as varchar) as public_id,
    cast(answered_cases.reported_version_number as bigint) as reported_version_number,
    cast(answered_cases.reported_asset_version_key as varchar) as reported_asset_version_key,
    cast(cases.status as varchar) as status,
    cast(cases.category as varchar) as category,
    cast(cases.subject as varchar) as subject,
    cast(cases.opened_at as timestamptz) as opened_at,
    cast(cases.updated_at as timestamptz) as updated_at,
    cast(answered_cases.corrected_asset_version_key as varchar) as corrected_asset_version_key,
    cast(answered_cases.corrected_version_number as bigint) as corrected_version_number,
    cast(answered_cases.corrected_at as timestamptz) as corrected_at,
    cast(answered_cases.answered_at as timestamptz) as answered_at,
    cast(answered_cases.answered_version_number as bigint) as answered_version_number,
    cast(answered_cases.is_corrected as boolean) as is_corrected,
    cast(answered_cases.is_answered as boolean) as is_answered,
    cast(cases._log_index as bigint) as _log_index
from cases
inner join answered_cases
    on cases.case_key = answered_cases.case_key
left join assets
    on answered_cases.asset_id_cloudinary = assets.asset_id_cloudinary
