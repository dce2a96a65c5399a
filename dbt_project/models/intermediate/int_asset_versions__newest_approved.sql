with

publications as (

    select * from {{ ref('int_references__unioned') }}
    where reference_type = 'publication'

),

judged_publications as (

    select * from {{ ref('int_references__judged') }}
    where reference_type = 'publication'

),

cases as (

    select * from {{ ref('int_cases__resolved') }}

),

evaluations as (

    select * from {{ ref('int_evaluations__dated') }}

),

approved_versions as (

    select * from {{ ref('int_asset_versions__approved') }}

),

subjects as (

    select
        'publication' as subject_type,
        publications.subject_key,
        judged_publications.asset_id_cloudinary,
        publications.jurisdiction_code,
        true as has_jurisdiction_rule
    from publications
    inner join judged_publications
        on publications.reference_key = judged_publications.reference_key

    union all

    select
        'case' as subject_type,
        case_key as subject_key,
        asset_id_cloudinary,
        cast(null as {{ text_type() }}) as jurisdiction_code,
        false as has_jurisdiction_rule
    from cases

),

asked as (

    select
        subjects.*,
        evaluations.evaluated_at as judged_at,
        {{ seconds_from('evaluations.evaluated_at', '-' ~ var('clock_uncertainty_seconds')) }} as judged_from,
        {{ seconds_from('evaluations.evaluated_at', var('clock_uncertainty_seconds')) }} as judged_to
    from subjects
    inner join evaluations
        on subjects.subject_type = evaluations.subject_type

),

ranked as (

    select
        asked.subject_type,
        asked.subject_key,
        approved_versions.asset_version_key,
        approved_versions.approval_key,
        approved_versions.asset_id_cloudinary,
        approved_versions.etag,
        approved_versions.format_code,
        approved_versions.version_number,
        approved_versions.uploaded_at,
        approved_versions.granted_at,
        row_number() over (
            partition by asked.subject_type, asked.subject_key
            order by
                approved_versions.uploaded_at desc, approved_versions.version_number desc, approved_versions.etag asc
        ) as version_rank
    from asked
    inner join approved_versions
        on asked.asset_id_cloudinary = approved_versions.asset_id_cloudinary
    where
        approved_versions.uploaded_at <= asked.judged_at
        and {{ is_surely_in_force('approved_versions', 'asked') }}
        and (not asked.has_jurisdiction_rule or {{ is_jurisdiction_allowed('approved_versions', 'asked') }})

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
    granted_at
from ranked
where version_rank = 1
