-- Why most uses are judged by these stretches alone: docs/decisions/0041-plain-uses-are-judged-as-they-are-read.md
{{ config(materialized='view') }}

with

stretches as (

    select * from {{ ref('int_plain_versions__bounded') }}

),

reached as (

    select {{ seconds_from('covered_to', '-' ~ greatest_clock_uncertainty('exstream')) }} as known_to
    from {{ ref('int_claims__reached') }}

)

select
    stretches.plain_version_key,
    stretches.named_as,
    stretches.named_number,
    stretches.named_resource_type,
    stretches.named_delivery_type,
    stretches.plain_from,
    stretches.plain_to,
    least(
        stretches.plain_until,
        case when stretches.is_as_far_as_claimed then reached.known_to end
    ) as plain_until,
    stretches.asset_version_key,
    stretches.asset_key,
    stretches.asset_id_cloudinary,
    stretches.public_id_at_upload,
    stretches.etag,
    stretches.format_code,
    stretches.evidence_reason,
    stretches.version_number,
    stretches.known_from,
    stretches.approval_key,
    stretches.approver_id,
    stretches.approval_evidence_grade,
    stretches.segments_list,
    stretches.jurisdictions_list,
    stretches.offers_list,
    stretches.is_certain,
    stretches.granted_at,
    stretches.ended_at,
    stretches.valid_from,
    stretches.valid_to,
    stretches._facts_loaded_at
from stretches
cross join reached
