with

links as (

    select * from {{ ref('int_template_links__resolved') }}

),

templates as (

    select * from {{ ref('int_templates__described') }}

),

verdicts as (

    select * from {{ ref('int_references__evidenced') }}
    where reference_type = 'template_link'

),

newest_approved as (

    select * from {{ ref('int_asset_versions__newest_approved') }}
    where subject_type = 'template_link'

),

versions as (

    select * from {{ ref('int_asset_versions__lived') }}

),

evaluations as (

    select * from {{ ref('int_evaluations__dated') }}
    where subject_type = 'template_link'

),

judged as (

    -- Only what is in use is judged: what a template showed once is told by its periods.
    select
        links.*,
        templates.template_key,
        templates.template_id_exstream,
        coalesce(verdicts.asset_id_cloudinary, links.asset_id_cloudinary) as shown_asset_id,
        coalesce(verdicts.asset_version_key, links.asset_version_key) as shown_version_key,
        verdicts.verdict,
        verdicts.verdict_reason,
        verdicts.approval_key,
        verdicts.coverage_key,
        verdicts.evidence_grade,
        newest_approved.asset_version_key as newest_approved_asset_version_key,
        newest_approved.version_number as newest_approved_version_number,
        newest_approved.etag as newest_approved_etag,
        newest_approved.uploaded_at as newest_uploaded_at,
        newest_approved.approved_since as newest_approved_since,
        evaluations.evaluated_at
    from links
    inner join templates
        on
            links.domain_code = templates.domain_code
            and links.template_resource_id = templates.resource_id_exstream
    left join verdicts
        on
            links.is_in_use
            and links.template_image_key = verdicts.subject_key
    left join newest_approved
        on
            links.is_in_use
            and links.template_image_key = newest_approved.subject_key
    cross join evaluations

),

stated as (

    select
        judged.*,
        versions.version_number as shown_version_number,
        versions.etag as shown_etag,
        case
            when not judged.is_in_use then 'past'
            when coalesce(judged.verdict, 'NO_EVIDENCE') in ('NO_EVIDENCE', 'AMBIGUOUS') then 'unknown'
            when judged.verdict = 'SUPERSEDED' then 'old'
            when judged.newest_uploaded_at > versions.live_from and judged.newest_approved_etag <> versions.etag
                then 'old'
            when judged.verdict in ('PROVEN', 'PROVEN_LATE') then 'current'
            else 'not_approved'
        end as link_state
    from judged
    left join versions
        on judged.shown_version_key = versions.asset_version_key

)

select
    cast(template_link_key as {{ text_type() }}) as template_link_key,
    cast(template_image_key as {{ text_type() }}) as template_image_key,
    cast(template_key as {{ text_type() }}) as template_key,
    cast(template_version_key as {{ text_type() }}) as template_version_key,
    cast(
        case when shown_asset_id is not null then {{ surrogate_key(['shown_asset_id']) }} end as {{ text_type() }}
    ) as asset_key,
    cast(shown_version_key as {{ text_type() }}) as asset_version_key,
    cast(approval_key as {{ text_type() }}) as approval_key,
    cast(coverage_key as {{ text_type() }}) as coverage_key,
    cast(newest_approved_asset_version_key as {{ text_type() }}) as newest_approved_asset_version_key,
    cast(
        template_id_exstream || '/' || image_name || case when ordinal > 0 then '/' || ordinal else '' end
        as {{ text_type() }}
    ) as template_image_id,
    cast(template_id_exstream as {{ text_type() }}) as template_id_exstream,
    cast(image_resource_id as {{ text_type() }}) as image_resource_id_exstream,
    cast(image_name as {{ text_type() }}) as image_name,
    cast(way_code as {{ text_type() }}) as link_way_code,
    cast(evidence_strength as {{ text_type() }}) as evidence_strength,
    cast(evidence_grade as {{ text_type() }}) as evidence_grade,
    cast(shown_asset_id as {{ text_type() }}) as asset_id_cloudinary,
    cast(public_id as {{ text_type() }}) as public_id,
    cast(shown_etag as {{ text_type() }}) as etag,
    cast(link_state as {{ text_type() }}) as link_state,
    cast(verdict as {{ text_type() }}) as verdict,
    cast(
        case when is_in_use and verdict is null then 'asset_not_known' else verdict_reason end as {{ text_type() }}
    ) as verdict_reason,
    cast(template_version_number as bigint) as template_version_number,
    cast(image_version_number as bigint) as image_version_number,
    cast(ordinal as bigint) as ordinal,
    cast(shown_version_number as bigint) as version_number,
    cast(newest_approved_version_number as bigint) as newest_approved_version_number,
    cast(is_live_url as boolean) as is_live_url,
    cast(is_in_use as boolean) as is_in_use,
    cast(
        link_state = 'old' and verdict in ('NOT_APPROVED', 'EXPIRED', 'NOT_ELIGIBLE', 'SUPERSEDED') as boolean
    ) as is_behind,
    cast(shown_from as {{ instant_type() }}) as shown_from,
    cast(shown_to as {{ instant_type() }}) as shown_to,
    cast(newest_approved_since as {{ instant_type() }}) as newest_approved_since,
    cast(evaluated_at as {{ instant_type() }}) as evaluated_at,
    cast(_log_index as bigint) as _log_index
from stated
