with

versions as (

    select * from {{ ref('int_asset_versions__lived') }}

)

select
    cast(asset_version_key as {{ text_type() }}) as asset_version_key,
    cast(asset_key as {{ text_type() }}) as asset_key,
    cast(asset_id_cloudinary as {{ text_type() }}) as asset_id_cloudinary,
    cast(version_number as bigint) as version_number,
    cast(etag as {{ text_type() }}) as etag,
    cast(format_code as {{ text_type() }}) as format_code,
    cast(size_bytes as bigint) as size_bytes,
    cast(width_px as bigint) as width_px,
    cast(height_px as bigint) as height_px,
    cast(content_hash as {{ text_type() }}) as content_hash,
    cast(content_outcome as {{ text_type() }}) as content_outcome,
    cast(uploaded_by_id as {{ text_type() }}) as uploaded_by_id,
    cast(uploaded_by_type as {{ text_type() }}) as uploaded_by_type,
    cast(public_id_at_upload as {{ text_type() }}) as public_id_at_upload,
    cast(live_from as {{ instant_type() }}) as live_from,
    cast(live_surely_to as {{ instant_type() }}) as live_surely_to,
    cast(live_to as {{ instant_type() }}) as live_to,
    cast(ended_by as {{ text_type() }}) as ended_by,
    cast(ended_by_id as {{ text_type() }}) as ended_by_id,
    cast(ended_by_type as {{ text_type() }}) as ended_by_type,
    cast(is_current as boolean) as is_current,
    cast(evidence_grade as {{ text_type() }}) as evidence_grade,
    cast(begin_evidence_grade as {{ text_type() }}) as begin_evidence_grade,
    cast(evidence_source as {{ text_type() }}) as evidence_source,
    cast(evidence_reason as {{ text_type() }}) as evidence_reason,
    cast(_log_index as bigint) as _log_index
from versions
