with

cases as (

    select * from {{ ref('stg_trading_grid__cases') }}

),

answered_cases as (

    select * from {{ ref('int_cases__answered') }}

),

verdicts_at_opening as (

    select * from {{ ref('int_references__evidenced') }}
    where reference_type = 'case'

),

assets as (

    select * from {{ ref('dim_assets') }}

)

select
    cast(cases.case_key as {{ text_type() }}) as case_key,
    cast(cases.case_id_trading_grid as {{ text_type() }}) as case_id_trading_grid,
    cast(cases.community_key as {{ text_type() }}) as community_key,
    cast(cases.partner_key as {{ text_type() }}) as partner_key,
    cast(assets.asset_key as {{ text_type() }}) as asset_key,
    cast(coalesce(answered_cases.asset_id_cloudinary, cases.asset_id_cloudinary) as {{ text_type() }})
        as asset_id_cloudinary,
    cast(coalesce(cases.public_id, assets.public_id) as {{ text_type() }}) as public_id,
    cast(answered_cases.reported_version_number as bigint) as reported_version_number,
    cast(answered_cases.reported_asset_version_key as {{ text_type() }}) as reported_asset_version_key,
    cast(verdicts_at_opening.approval_key as {{ text_type() }}) as reported_approval_key,
    cast(verdicts_at_opening.coverage_key as {{ text_type() }}) as coverage_key,
    cast(verdicts_at_opening.verdict as {{ text_type() }}) as verdict_at_opening,
    cast(verdicts_at_opening.verdict_reason as {{ text_type() }}) as verdict_reason_at_opening,
    cast(verdicts_at_opening.evidence_strength as {{ text_type() }}) as evidence_strength,
    cast(verdicts_at_opening.evidence_grade as {{ text_type() }}) as evidence_grade,
    cast(cases.status as {{ text_type() }}) as status,
    cast(cases.category as {{ text_type() }}) as category,
    cast(cases.subject as {{ text_type() }}) as subject,
    cast(cases.opened_at as {{ instant_type() }}) as opened_at,
    cast(cases.opened_at_written as {{ text_type() }}) as opened_at_written,
    cast(cases.opened_at_zone as {{ text_type() }}) as opened_at_zone,
    cast(cases.updated_at as {{ instant_type() }}) as updated_at,
    cast(cases.updated_at_written as {{ text_type() }}) as updated_at_written,
    cast(cases.updated_at_zone as {{ text_type() }}) as updated_at_zone,
    cast(answered_cases.corrected_asset_version_key as {{ text_type() }}) as corrected_asset_version_key,
    cast(answered_cases.corrected_approval_key as {{ text_type() }}) as corrected_approval_key,
    cast(answered_cases.corrected_version_number as bigint) as corrected_version_number,
    cast(answered_cases.corrected_at as {{ instant_type() }}) as corrected_at,
    cast(answered_cases.answered_at as {{ instant_type() }}) as answered_at,
    cast(answered_cases.answered_version_number as bigint) as answered_version_number,
    cast(
        {{ whole_hours_between('cases.opened_at', 'answered_cases.answered_at') }} as bigint
    ) as hours_to_fix,
    cast(answered_cases.is_corrected as boolean) as is_corrected,
    cast(answered_cases.is_answered as boolean) as is_answered,
    cast(case when cases.status = 'closed' then cases.updated_at end as {{ instant_type() }}) as closed_at,
    cast(cases._log_index as bigint) as _log_index
from cases
inner join answered_cases
    on cases.case_key = answered_cases.case_key
left join verdicts_at_opening
    on cases.case_key = verdicts_at_opening.subject_key
left join assets
    on answered_cases.asset_id_cloudinary = assets.asset_id_cloudinary
