{{ config(materialized='view') }}

with

judged as (

    select * from {{ ref('int_references__judged') }}
    where {{ is_no_asset_use('reference_key') }} and reference_type <> 'exposure'

),

approvals as (

    select
        approval_key,
        evidence_grade
    from {{ ref('int_approvals__granted') }}

)

-- Which asset a case is about is the partner's word; how closely a link binds is told by the link itself.
select
    judged.*,
    case
        when judged.reference_type = 'case' then 'declared'
        when judged.reference_type not in ('template_link', 'output_link') then 'exact'
    end as evidence_strength,
    {{ evidence_grade('judged.verdict', 'approvals.evidence_grade', 'judged.version_evidence_grade') }}
        as evidence_grade
from judged
left join approvals
    on judged.approval_key = approvals.approval_key
