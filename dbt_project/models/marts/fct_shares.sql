with

publications as (

    select * from {{ ref('fct_publications') }}

),

distributions as (

    select * from {{ ref('fct_distributions') }}

),

verdicts as (

    select * from {{ ref('int_references__evidenced') }}
    where reference_type in ('publication', 'distribution')

),

versions as (

    select * from {{ ref('dim_asset_versions') }}

),

approvals as (

    select * from {{ ref('fct_approvals') }}

),

first_approvals as (

    select
        asset_id_cloudinary,
        etag,
        min(granted_at) as first_approved_at
    from approvals
    group by asset_id_cloudinary, etag

),

shared as (

    select
        'publication' as share_type,
        publication_key as subject_key,
        publication_key,
        cast(null as {{ text_type() }}) as distribution_key,
        community_key,
        cast(null as {{ text_type() }}) as partner_key,
        publication_id_trading_grid as share_id,
        asset_id_cloudinary,
        public_id,
        version_number,
        etag,
        published_by_id as shared_by_id,
        published_at as shared_at,
        withdrawn_at,
        _log_index
    from publications

    union all

    select
        'distribution' as share_type,
        distribution_key as subject_key,
        publication_key,
        distribution_key,
        community_key,
        partner_key,
        distribution_id_trading_grid as share_id,
        asset_id_cloudinary,
        public_id,
        version_number,
        etag,
        cast(null as {{ text_type() }}) as shared_by_id,
        issued_at as shared_at,
        cast(null as {{ instant_type() }}) as withdrawn_at,
        _log_index
    from distributions

),

judged as (

    -- Expired or revoked is an end; not granted, or declared for later, is before the approval.
    select
        shared.*,
        verdicts.asset_version_key,
        verdicts.approval_key,
        verdicts.coverage_key,
        verdicts.evidence_strength,
        verdicts.evidence_grade,
        verdicts.verdict,
        verdicts.verdict_reason,
        coalesce(verdicts.asset_id_cloudinary, shared.asset_id_cloudinary) as shared_asset_id,
        case
            when verdicts.verdict in ('PROVEN', 'PROVEN_LATE', 'SUPERSEDED') then 'approved'
            when verdicts.verdict = 'EXPIRED' then 'after_approval_ended'
            when verdicts.verdict = 'NOT_APPROVED' and verdicts.verdict_reason = 'approval_ended'
                then 'after_approval_ended'
            when verdicts.verdict = 'NOT_APPROVED' then 'before_approval'
            when verdicts.verdict = 'NOT_ELIGIBLE' then 'not_eligible'
            else 'not_known'
        end as share_state
    from shared
    left join verdicts
        on
            shared.share_type = verdicts.reference_type
            and shared.subject_key = verdicts.subject_key

)

select
    {{ surrogate_key(['judged.share_type', 'judged.subject_key']) }} as share_key,
    cast(judged.publication_key as {{ text_type() }}) as publication_key,
    cast(judged.distribution_key as {{ text_type() }}) as distribution_key,
    cast(judged.community_key as {{ text_type() }}) as community_key,
    cast(judged.partner_key as {{ text_type() }}) as partner_key,
    cast(versions.asset_key as {{ text_type() }}) as asset_key,
    cast(judged.asset_version_key as {{ text_type() }}) as asset_version_key,
    cast(judged.approval_key as {{ text_type() }}) as approval_key,
    cast(judged.coverage_key as {{ text_type() }}) as coverage_key,
    cast(judged.share_type as {{ text_type() }}) as share_type,
    cast(judged.share_id as {{ text_type() }}) as share_id,
    cast(judged.shared_asset_id as {{ text_type() }}) as asset_id_cloudinary,
    cast(judged.public_id as {{ text_type() }}) as public_id,
    cast(coalesce(versions.etag, judged.etag) as {{ text_type() }}) as etag,
    cast(versions.content_hash as {{ text_type() }}) as content_hash,
    cast(judged.verdict as {{ text_type() }}) as verdict,
    cast(judged.verdict_reason as {{ text_type() }}) as verdict_reason,
    cast(judged.evidence_strength as {{ text_type() }}) as evidence_strength,
    cast(judged.evidence_grade as {{ text_type() }}) as evidence_grade,
    cast(judged.share_state as {{ text_type() }}) as share_state,
    cast(versions.uploaded_by_id as {{ text_type() }}) as asked_by_id,
    cast(approvals.approver_id as {{ text_type() }}) as approver_id,
    cast(judged.shared_by_id as {{ text_type() }}) as shared_by_id,
    cast(coalesce(versions.version_number, judged.version_number) as bigint) as version_number,
    cast(
        coalesce(
            judged.share_state = 'approved'
            and lower(trim(approvals.approver_id)) = lower(trim(versions.uploaded_by_id)),
            false
        ) as boolean
    ) as is_self_approved,
    cast(versions.live_from as {{ instant_type() }}) as uploaded_at,
    cast(approvals.granted_at as {{ instant_type() }}) as approved_at,
    cast(first_approvals.first_approved_at as {{ instant_type() }}) as first_approved_at,
    cast(judged.shared_at as {{ instant_type() }}) as shared_at,
    cast(judged.withdrawn_at as {{ instant_type() }}) as withdrawn_at,
    cast(judged._log_index as bigint) as _log_index
from judged
left join versions
    on judged.asset_version_key = versions.asset_version_key
left join approvals
    on judged.approval_key = approvals.approval_key
left join first_approvals
    on
        judged.shared_asset_id = first_approvals.asset_id_cloudinary
        and coalesce(versions.etag, judged.etag) = first_approvals.etag
