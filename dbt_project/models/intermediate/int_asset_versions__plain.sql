-- Why most uses are judged by this table alone: docs/decisions/0041-plain-uses-are-judged-as-they-are-read.md
{{ config(materialized='view') }}

with

stretches as (

    select * from {{ ref('int_plain_versions__bounded') }}

),

reached as (

    select {{ seconds_from('covered_to', '-' ~ var('clock_uncertainty_seconds')) }} as known_to
    from {{ ref('int_claims__reached') }}

),

ended as (

    select
        stretches.*,
        least(
            stretches.plain_until,
            case when stretches.is_as_far_as_claimed then reached.known_to end
        ) as ended_until
    from stretches
    cross join reached

)

select
    plain_version_key,
    named_as,
    named_number,
    named_resource_type,
    named_delivery_type,
    plain_from,
    plain_to,
    ended_until as plain_until,
    asset_version_key,
    asset_key,
    asset_id_cloudinary,
    public_id_at_upload,
    etag,
    format_code,
    evidence_reason,
    version_number,
    known_from,
    approval_key,
    approver_id,
    approval_evidence_grade,
    segments_list,
    jurisdictions_list,
    offers_list,
    is_certain,
    granted_at,
    ended_at,
    valid_from,
    valid_to,
    _facts_loaded_at
from ended
where plain_from <= ended_until
