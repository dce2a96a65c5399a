with

approvals as (

    select * from {{ ref('int_approvals__granted') }}

),

approver_labels as (

    select * from {{ ref('int_metadata_fields__lived') }}
    where approval_meaning = 'approver' and field_type in ('enum', 'set')

)

select
    cast(approvals.approval_key as {{ text_type() }}) as approval_key,
    cast(approvals.asset_key as {{ text_type() }}) as asset_key,
    cast(approvals.asset_version_key as {{ text_type() }}) as asset_version_key,
    cast(approvals.asset_id_cloudinary as {{ text_type() }}) as asset_id_cloudinary,
    cast(approvals.etag as {{ text_type() }}) as etag,
    cast(approvals.version_number as bigint) as version_number,
    cast(approvals.approver_id as {{ text_type() }}) as approver_id,
    cast(approver_labels.value_label as {{ text_type() }}) as approver_name,
    cast(approvals.granted_at as {{ instant_type() }}) as granted_at,
    cast(approvals.ended_at as {{ instant_type() }}) as ended_at,
    cast(approvals.ended_by as {{ text_type() }}) as ended_by,
    cast(approvals.valid_from as {{ instant_type() }}) as valid_from,
    cast(approvals.valid_to as {{ instant_type() }}) as valid_to,
    cast(greatest(approvals.granted_at, approvals.valid_from) as {{ instant_type() }}) as in_force_from,
    cast(least(approvals.ended_at, approvals.valid_to) as {{ instant_type() }}) as in_force_to,
    cast(approvals.segments_list as {{ text_list_type() }}) as segments_list,
    cast(approvals.jurisdictions_list as {{ text_list_type() }}) as jurisdictions_list,
    cast(approvals.offers_list as {{ text_list_type() }}) as offers_list,
    cast(approvals.evidence_grade as {{ text_type() }}) as evidence_grade,
    cast(approvals._log_index as bigint) as _log_index,
    cast(approvals._ended_log_index as bigint) as _ended_log_index
from approvals
left join approver_labels
    on
        approvals.approver_id = approver_labels.metadata_value_id_cloudinary
        and approvals.granted_at >= approver_labels.valid_from
        and approvals.granted_at < approver_labels.valid_to
