with

cases as (

    select * from {{ ref('int_cases__resolved') }}

),

newest_approved as (

    select * from {{ ref('int_asset_versions__newest_approved') }}
    where subject_type = 'case'

),

messages as (

    select * from {{ ref('stg_trading_grid__thread_messages') }}

),

names as (

    select * from {{ ref('int_asset_names__held') }}

),

approved_versions as (

    select * from {{ ref('int_asset_versions__approved') }}

),

approved_since as (

    -- Corrected after the report: the newest approved version is newer than the reported one, and its approval than
    -- the case.
    select
        cases.case_key,
        newest_approved.asset_version_key,
        newest_approved.approval_key,
        newest_approved.etag,
        newest_approved.format_code,
        newest_approved.version_number,
        newest_approved.approved_since as corrected_at
    from cases
    inner join newest_approved
        on cases.case_key = newest_approved.subject_key
    where
        newest_approved.version_number > cases.reported_version_number
        and newest_approved.approved_since > cases.opened_at

),

replacements as (

    -- By the team, a link that names the asset as it was called then, and a version newer than the reported one which
    -- was approved when the message was posted.
    select
        cases.case_key,
        messages.case_message_key,
        messages.posted_at,
        approved_versions.asset_version_key,
        approved_versions.approval_key,
        approved_versions.etag,
        approved_versions.format_code,
        approved_versions.version_number,
        approved_versions.granted_at
    from cases
    inner join messages
        on cases.case_key = messages.case_key
    inner join names
        on
            cases.asset_id_cloudinary = names.asset_id_cloudinary
            and messages.linked_public_id = names.public_id
            and messages.posted_at >= names.held_from
            and messages.posted_at < names.held_to
    inner join approved_versions
        on
            cases.asset_id_cloudinary = approved_versions.asset_id_cloudinary
            and messages.linked_version_number = approved_versions.version_number
            and messages.posted_at >= approved_versions.in_force_from
            and messages.posted_at < approved_versions.ended_at
            and messages.posted_at < approved_versions.valid_to
    where
        messages.author_role = 'team'
        and messages.linked_version_number > cases.reported_version_number
        and {{ is_our_cloud('messages.linked_cloud_name') }}

),

answers as (

    -- What was approved since the report has to be that version or a newer one; where nothing was, what the team sent
    -- instead is the correction.
    select
        replacements.*,
        approved_since.case_key is null as is_correction,
        row_number() over (
            partition by replacements.case_key
            order by
                replacements.posted_at asc nulls last,
                replacements.case_message_key asc nulls last,
                replacements.granted_at asc nulls last,
                replacements.approval_key asc nulls last
        ) as answer_number
    from replacements
    left join approved_since
        on replacements.case_key = approved_since.case_key
    where replacements.version_number >= coalesce(approved_since.version_number, replacements.version_number)

),

corrected as (

    select * from approved_since

    union all

    select
        case_key,
        asset_version_key,
        approval_key,
        etag,
        format_code,
        version_number,
        granted_at as corrected_at
    from answers
    where is_correction and answer_number = 1

)

select
    cases.case_key,
    cases.asset_id_cloudinary,
    cases.reported_asset_version_key,
    cases.reported_version_number,
    corrected.asset_version_key as corrected_asset_version_key,
    corrected.approval_key as corrected_approval_key,
    corrected.etag as corrected_etag,
    corrected.format_code as corrected_format_code,
    corrected.version_number as corrected_version_number,
    answers.version_number as answered_version_number,
    corrected.case_key is not null as is_corrected,
    answers.case_key is not null as is_answered,
    corrected.corrected_at,
    answers.posted_at as answered_at
from cases
left join corrected
    on cases.case_key = corrected.case_key
left join answers
    on
        cases.case_key = answers.case_key
        and answers.answer_number = 1
