-- depends_on: {{ ref('int_approvals__affected') }}
{{ replaced_by_asset('int_approvals__affected') }}

with

versions as (

    select * from {{ of_assets(ref('int_asset_versions__lived'), ref('int_approvals__affected')) }} as lived

),

approvals as (

    select * from {{ of_assets(ref('int_approvals__granted'), ref('int_approvals__affected')) }} as granted

)

select
    {{ surrogate_key(['versions.asset_version_key', 'approvals.approval_key']) }} as approved_version_key,
    versions.asset_version_key,
    versions.asset_key,
    approvals.approval_key,
    versions.asset_id_cloudinary,
    versions.etag,
    versions.format_code,
    approvals.segments_list,
    approvals.jurisdictions_list,
    approvals.offers_list,
    versions.version_number,
    approvals.is_certain,
    versions.live_from as uploaded_at,
    approvals.granted_at,
    approvals.ended_at,
    approvals.valid_from,
    approvals.valid_to,
    greatest(versions.live_from, approvals.granted_at, approvals.valid_from) as in_force_from
from versions
inner join approvals
    on
        versions.asset_id_cloudinary = approvals.asset_id_cloudinary
        and versions.etag = approvals.etag
