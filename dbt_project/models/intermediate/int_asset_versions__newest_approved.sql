with

asset_references as (

    select * from {{ ref('int_references__unioned') }}
    where reference_type in ('publication', 'template_link')

),

judged_references as (

    select * from {{ ref('int_references__judged') }}
    where reference_type in ('publication', 'template_link')

),

cases as (

    select * from {{ ref('int_cases__resolved') }}

),

evaluations as (

    select * from {{ ref('int_evaluations__dated') }}

),

communities as (

    select * from {{ ref('stg_trading_grid__communities') }}

),

coverage as (

    select * from {{ ref('int_claims__covered') }}
    where system_code = 'cloudinary' and stream_name = 'notifications'

),

approved_versions as (

    select * from {{ ref('int_asset_versions__approved') }}

),

subjects as (

    select
        asset_references.reference_type as subject_type,
        asset_references.subject_key,
        judged_references.asset_id_cloudinary,
        asset_references.jurisdiction_code,
        {{ open_end() }} as looked_at_until
    from asset_references
    inner join judged_references
        on asset_references.reference_key = judged_references.reference_key

    union all

    -- What comes after the closing of a case corrects it no more, and takes no correction away.
    select
        'case' as subject_type,
        cases.case_key as subject_key,
        cases.asset_id_cloudinary,
        communities.region_code as jurisdiction_code,
        coalesce(cases.closed_at, {{ open_end() }}) as looked_at_until
    from cases
    left join communities
        on cases.community_key = communities.community_key

),

dated as (

    select
        subjects.*,
        least(evaluations.evaluated_at, subjects.looked_at_until) as judged_at
    from subjects
    inner join evaluations
        on subjects.subject_type = evaluations.subject_type
    where evaluations.evaluated_at is not null

),

asked as (

    select
        dated.*,
        {{ seconds_from('coverage.covered_from', '-' ~ var('clock_uncertainty_seconds')) }} as known_from,
        {{ seconds_from('dated.judged_at', '-' ~ var('clock_uncertainty_seconds')) }} as judged_from,
        {{ seconds_from('dated.judged_at', var('clock_uncertainty_seconds')) }} as judged_to
    from dated
    inner join coverage
        on
            dated.judged_at >= coverage.covered_from
            and dated.judged_at <= coverage.covered_to

),

allowed as (

    -- What was uploaded or approved before a gap may have been replaced or revoked within it.
    select
        asked.subject_type,
        asked.subject_key,
        asked.judged_at,
        asked.judged_from,
        asked.judged_to,
        approved_versions.asset_version_key,
        approved_versions.approval_key,
        approved_versions.asset_id_cloudinary,
        approved_versions.etag,
        approved_versions.format_code,
        approved_versions.version_number,
        approved_versions.is_certain,
        approved_versions.uploaded_at,
        approved_versions.granted_at,
        approved_versions.ended_at,
        approved_versions.valid_from,
        approved_versions.valid_to,
        lag(least(approved_versions.ended_at, approved_versions.valid_to)) over (
            partition by asked.subject_type, asked.subject_key, approved_versions.asset_version_key
            order by approved_versions.granted_at asc nulls last, approved_versions.approval_key asc nulls last
        ) as previous_in_force_to
    from asked
    inner join approved_versions
        on asked.asset_id_cloudinary = approved_versions.asset_id_cloudinary
    where
        approved_versions.is_certain
        and approved_versions.uploaded_at <= asked.judged_at
        and approved_versions.uploaded_at >= asked.known_from
        and approved_versions.granted_at >= asked.known_from
        and {{ is_jurisdiction_allowed('approved_versions', 'asked') }}

),

stretched as (

    select
        *,
        sum(case when greatest(granted_at, valid_from) <= previous_in_force_to then 0 else 1 end) over (
            partition by subject_type, subject_key, asset_version_key
            order by granted_at asc nulls last, approval_key asc nulls last
            rows between unbounded preceding and current row
        ) as stretch_number
    from allowed

),

begun as (

    -- Approved anew without a break: approved since the start of the unbroken stretch.
    select
        *,
        min(granted_at) over (
            partition by subject_type, subject_key, asset_version_key, stretch_number
        ) as approved_since
    from stretched

),

ranked as (

    select
        *,
        row_number() over (
            partition by subject_type, subject_key
            order by uploaded_at desc nulls last, version_number desc nulls last, etag asc nulls last
        ) as version_rank
    from begun
    where {{ is_surely_in_force('begun', 'begun') }}

)

select
    {{ surrogate_key(['subject_type', 'subject_key']) }} as newest_approved_key,
    subject_type,
    subject_key,
    asset_version_key,
    approval_key,
    asset_id_cloudinary,
    etag,
    format_code,
    version_number,
    uploaded_at,
    granted_at,
    approved_since
from ranked
where version_rank = 1
