with

approvals as (

    select * from {{ ref('int_approvals__granted') }}

)

select
    cast(approval_key as {{ text_type() }}) as approval_key,
    cast(asset_key as {{ text_type() }}) as asset_key,
    cast(asset_version_key as {{ text_type() }}) as asset_version_key,
    cast(asset_id_cloudinary as {{ text_type() }}) as asset_id_cloudinary,
    cast(etag as {{ text_type() }}) as etag,
    cast(version_number as bigint) as version_number,
    cast(approver_id as {{ text_type() }}) as approver_id,
    cast(granted_at as {{ instant_type() }}) as granted_at,
    cast(ended_at as {{ instant_type() }}) as ended_at,
    cast(ended_by as {{ text_type() }}) as ended_by,
    cast(valid_from as {{ instant_type() }}) as valid_from,
    cast(valid_to as {{ instant_type() }}) as valid_to,
    cast(greatest(granted_at, valid_from) as {{ instant_type() }}) as in_force_from,
    cast(least(ended_at, valid_to) as {{ instant_type() }}) as in_force_to,
    cast(segments_list as {{ text_list_type() }}) as segments_list,
    cast(jurisdictions_list as {{ text_list_type() }}) as jurisdictions_list,
    cast(offers_list as {{ text_list_type() }}) as offers_list,
    cast(evidence_grade as {{ text_type() }}) as evidence_grade,
    cast(_log_index as bigint) as _log_index,
    cast(_ended_log_index as bigint) as _ended_log_index
from approvals
