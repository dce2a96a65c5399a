{{ config(materialized='view') }}

with

versions as (

    select * from {{ ref('int_asset_versions__bounded') }}

),

reached as (

    select covered_to from {{ ref('int_claims__reached') }}

)

select
    versions.asset_version_key,
    versions.asset_key,
    versions.asset_id_cloudinary,
    versions.uploaded_by_id,
    versions.uploaded_by_type,
    versions.ended_by_id,
    versions.ended_by_type,
    versions.public_id_at_upload,
    versions.etag,
    versions.format_code,
    versions.content_hash,
    versions.content_outcome,
    versions.evidence_source,
    versions.evidence_grade,
    versions.begin_evidence_grade,
    versions.evidence_reason,
    versions.ended_by,
    versions.version_number,
    versions.size_bytes,
    versions.width_px,
    versions.height_px,
    versions.is_current,
    versions.asset_created_at,
    versions.live_from,
    case when versions.is_sure_as_claimed then reached.covered_to else versions.live_surely_to end as live_surely_to,
    versions.live_to,
    versions.first_doubt_at,
    versions._loaded_at,
    versions._log_index
from versions
cross join reached
