with

approved_versions as (

    select * from {{ ref('int_asset_versions__approved') }}

),

versions as (

    select * from {{ ref('dim_asset_versions') }}
    where is_current

),

assets as (

    select * from {{ ref('dim_assets') }}

),

evaluations as (

    select * from {{ ref('int_evaluations__dated') }}
    where subject_type = 'publication'

),

coverage as (

    select * from {{ ref('int_claims__covered') }}
    where system_code = 'cloudinary' and stream_name = 'notifications'

),

asked as (

    -- What was uploaded or approved before a gap may have been replaced or revoked within it.
    select
        evaluations.evaluated_at as judged_at,
        {{ seconds_from('coverage.covered_from', '-' ~ var('clock_uncertainty_seconds')) }} as known_from,
        {{ seconds_from('evaluations.evaluated_at', '-' ~ var('clock_uncertainty_seconds')) }} as judged_from,
        {{ seconds_from('evaluations.evaluated_at', var('clock_uncertainty_seconds')) }} as judged_to
    from evaluations
    inner join coverage
        on
            evaluations.evaluated_at >= coverage.covered_from
            and evaluations.evaluated_at <= coverage.covered_to

)

select
    cast(approved_versions.approved_version_key as {{ text_type() }}) as publishable_version_key,
    cast(assets.asset_key as {{ text_type() }}) as asset_key,
    cast(versions.asset_version_key as {{ text_type() }}) as asset_version_key,
    cast(approved_versions.approval_key as {{ text_type() }}) as approval_key,
    cast(assets.asset_id_cloudinary as {{ text_type() }}) as asset_id_cloudinary,
    cast(assets.public_id as {{ text_type() }}) as public_id,
    cast(assets.resource_type as {{ text_type() }}) as resource_type,
    cast(versions.version_number as bigint) as version_number,
    cast(versions.etag as {{ text_type() }}) as etag,
    cast(versions.format_code as {{ text_type() }}) as format_code,
    cast(assets.product_line_code as {{ text_type() }}) as product_line_code,
    cast(assets.campaign_code as {{ text_type() }}) as campaign_code,
    cast(approved_versions.jurisdictions_list as {{ text_list_type() }}) as jurisdictions_list,
    cast(asked.judged_at as {{ instant_type() }}) as evaluated_at
from approved_versions
inner join versions
    on approved_versions.asset_version_key = versions.asset_version_key
inner join assets
    on versions.asset_key = assets.asset_key
inner join asked
    on
        approved_versions.uploaded_at >= asked.known_from
        and approved_versions.granted_at >= asked.known_from
where
    versions.etag = assets.current_etag
    and not assets.is_deleted
    and {{ is_surely_in_force('approved_versions', 'asked') }}
