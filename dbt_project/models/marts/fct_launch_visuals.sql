with

visuals as (

    select * from {{ ref('int_launch_visuals__named') }}

),

requirements as (

    select * from {{ ref('fct_launch_requirements') }}

),

verdicts as (

    select * from {{ ref('int_references__evidenced') }}
    where reference_type = 'launch_visual'

),

versions as (

    select * from {{ ref('int_asset_versions__lived') }}

),

approvals as (

    select * from {{ ref('int_approvals__granted') }}

),

template_links as (

    select * from {{ ref('fct_template_links') }}

),

templates as (

    select * from {{ ref('dim_templates') }}

),

asset_uses as (

    select * from {{ ref('fct_asset_uses') }}

),

creations as (

    select
        asset_id_cloudinary,
        min(asset_created_at) as asset_created_at
    from versions
    group by asset_id_cloudinary

),

judged as (

    -- The visual is what is live at the launch: nothing, surely, where the asset was uploaded for the first time later.
    select
        visuals.*,
        verdicts.verdict,
        verdicts.verdict_reason,
        verdicts.approval_key,
        verdicts.coverage_key,
        verdicts.evidence_strength,
        verdicts.evidence_grade,
        versions.asset_version_key,
        versions.version_number,
        versions.etag,
        versions.live_from as uploaded_at,
        case
            when visuals.asset_id_cloudinary is null then 'asset_not_named'
            when creations.asset_created_at > visuals.judged_at then 'not_uploaded'
            when verdicts.verdict in ('PROVEN', 'PROVEN_LATE', 'SUPERSEDED') then 'launched'
            when verdicts.verdict = 'NOT_APPROVED' then 'not_approved'
            when verdicts.verdict = 'EXPIRED' then 'expired'
            when verdicts.verdict = 'NOT_ELIGIBLE' then 'not_eligible'
            else 'not_known'
        end as visual_state
    from visuals
    left join verdicts
        on visuals.launch_requirement_key = verdicts.subject_key
    left join versions
        on verdicts.asset_version_key = versions.asset_version_key
    left join creations
        on visuals.asset_id_cloudinary = creations.asset_id_cloudinary

),

approved as (

    select
        judged.launch_requirement_key,
        min(approvals.granted_at) as approved_at
    from judged
    inner join approvals
        on
            judged.asset_id_cloudinary = approvals.asset_id_cloudinary
            and judged.etag = approvals.etag
    group by judged.launch_requirement_key

),

referenced as (

    -- An address in a template shows the visual from the instant on at which both are there.
    select
        judged.launch_requirement_key,
        min(
            case
                when template_links.is_live_url then greatest(template_links.shown_from, judged.uploaded_at)
                else template_links.shown_from
            end
        ) as referenced_at
    from judged
    inner join template_links
        on judged.asset_id_cloudinary = template_links.asset_id_cloudinary
    inner join templates
        on template_links.template_key = templates.template_key
    where
        coalesce(judged.region_code = templates.region_code, true)
        and (
            judged.etag = template_links.etag
            or (template_links.is_live_url and template_links.shown_to > judged.uploaded_at)
        )
    group by judged.launch_requirement_key

),

sent as (

    select
        judged.launch_requirement_key,
        min(asset_uses.generated_at) as sent_at
    from judged
    inner join asset_uses
        on
            judged.asset_id_cloudinary = asset_uses.asset_id_cloudinary
            and judged.etag = asset_uses.etag
    where judged.region_code is null or judged.region_code = asset_uses.jurisdiction_code
    group by judged.launch_requirement_key

)

select
    cast(judged.launch_requirement_key as {{ text_type() }}) as launch_requirement_key,
    cast(judged.launch_key as {{ text_type() }}) as launch_key,
    cast(judged.community_key as {{ text_type() }}) as community_key,
    cast(
        case
            when judged.asset_id_cloudinary is not null then {{ surrogate_key(['judged.asset_id_cloudinary']) }}
        end as {{ text_type() }}
    ) as asset_key,
    cast(judged.asset_version_key as {{ text_type() }}) as asset_version_key,
    cast(judged.approval_key as {{ text_type() }}) as approval_key,
    cast(judged.coverage_key as {{ text_type() }}) as coverage_key,
    cast(concat_ws('/', requirements.launch_id_trading_grid, requirements.ordinal) as {{ text_type() }})
        as launch_requirement_id,
    cast(requirements.launch_id_trading_grid as {{ text_type() }}) as launch_id_trading_grid,
    cast(judged.asset_id_cloudinary as {{ text_type() }}) as asset_id_cloudinary,
    cast(coalesce(judged.public_id, requirements.public_id) as {{ text_type() }}) as public_id,
    cast(judged.etag as {{ text_type() }}) as etag,
    cast(judged.region_code as {{ text_type() }}) as region_code,
    cast(judged.visual_state as {{ text_type() }}) as visual_state,
    cast(judged.verdict as {{ text_type() }}) as verdict,
    cast(judged.verdict_reason as {{ text_type() }}) as verdict_reason,
    cast(judged.evidence_strength as {{ text_type() }}) as evidence_strength,
    cast(judged.evidence_grade as {{ text_type() }}) as evidence_grade,
    cast(judged.version_number as bigint) as version_number,
    cast(judged.is_over as boolean) as is_over,
    cast(judged.launch_at as {{ instant_type() }}) as launch_at,
    cast(judged.judged_at as {{ instant_type() }}) as judged_at,
    cast(judged.uploaded_at as {{ instant_type() }}) as uploaded_at,
    cast(approved.approved_at as {{ instant_type() }}) as first_approved_at,
    cast(referenced.referenced_at as {{ instant_type() }}) as first_referenced_at,
    cast(sent.sent_at as {{ instant_type() }}) as first_sent_at,
    cast(judged.evaluated_at as {{ instant_type() }}) as evaluated_at,
    cast(requirements._log_index as bigint) as _log_index
from judged
inner join requirements
    on judged.launch_requirement_key = requirements.launch_requirement_key
left join approved
    on judged.launch_requirement_key = approved.launch_requirement_key
left join referenced
    on judged.launch_requirement_key = referenced.launch_requirement_key
left join sent
    on judged.launch_requirement_key = sent.launch_requirement_key
