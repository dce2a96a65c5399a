with

approvals as (

    select * from {{ ref('int_approvals__granted') }}

)

select
    cast(approval_key as varchar) as approval_key,
    cast(asset_key as varchar) as asset_key,
    cast(asset_version_key as varchar) as asset_version_key,
    cast(asset_id_cloudinary as varchar) as asset_id_cloudinary,
    cast(etag as varchar) as etag,
    cast(version_number as bigint) as version_number,
    cast(approver_id as varchar) as approver_id,
    cast(granted_at as timestamptz) as granted_at,
    cast(ended_at as timestamptz) as ended_at,
    cast(ended_by as varchar) as ended_by,
    cast(valid_from as timestamptz) as valid_from,
    cast(valid_to as timestamptz) as valid_to,
    cast(greatest(granted_at, valid_from) as timestamptz) as in_force_from,
    cast(least(ended_at, valid_to) as timestamptz) as in_force_to,
    cast(segments_list as varchar[]) as segments_list,
    cast(jurisdictions_list as varchar[]) as jurisdictions_list,
    cast(offers_list as varchar[]) as offers_list,
    cast(evidence_grade as varchar) as evidence_grade,
    cast(_log_index as bigint) as _log_index
from approvals
