with

exceptions as (

    select * from {{ ref('fct_exceptions') }}

),

control_parameters as (

    select * from {{ ref('control_parameters') }}

),

asset_uses as (

    select * from {{ ref('fct_asset_uses') }}

),

output_links as (

    select * from {{ ref('fct_output_links') }}

),

publications as (

    select * from {{ ref('fct_publications') }}

),

cases as (

    select * from {{ ref('fct_cases') }}

),

communities as (

    select * from {{ ref('dim_communities') }}

),

assets as (

    select * from {{ ref('dim_assets') }}

),

partner_subjects as (

    select * from {{ ref('dim_partner_subjects') }}

),

partners as (

    select * from {{ ref('dim_partners') }}

),

corrections as (

    -- What answers several exceptions names one of them; one exception may call for several.
    select
        *,
        row_number() over (
            partition by exception_key
            order by correction_key asc nulls last
        ) as correction_number
    from {{ ref('fct_proposed_corrections') }}
    where not is_in_effect

),

communications as (

    select * from {{ ref('fct_communications') }}

),

media_targets as (

    -- A thumbnail that leads to nothing usable: what is wrong is its target, where one is known.
    select * from {{ ref('fct_rich_media_uses') }}
    where target_asset_key is not null

),

rendition_requests as (

    select * from {{ ref('fct_rendition_requests') }}

),

selections as (

    select * from {{ ref('fct_selection_decisions') }}

),

retrieved_assets as (

    select * from {{ ref('bridge_retrievals_assets') }}

),

retrievals as (

    select * from {{ ref('fct_retrievals') }}

),

template_links as (

    select * from {{ ref('fct_template_links') }}
    where is_in_use

),

templates as (

    select * from {{ ref('dim_templates') }}

),

template_images as (

    select * from {{ ref('dim_template_images') }}

),

versions as (

    select * from {{ ref('dim_asset_versions') }}

),

dispositions as (

    select * from {{ ref('fct_dispositions') }}
    where disposition_state <> 'replaced'

)

select
    exceptions.exception_key,
    exceptions.subject_key,
    exceptions.asset_key,
    exceptions.communication_key,
    exceptions.control_name,
    control_parameters.control_title,
    exceptions.subject_type,
    exceptions.subject_id,
    communications.communication_id_exstream,
    communities.community_id_trading_grid,
    communities.community_name,
    partners.partner_id_trading_grid,
    partners.partner_name,
    assets.asset_id_cloudinary,
    coalesce(
        asset_uses.public_id,
        output_links.public_id,
        media_targets.target_public_id,
        publications.public_id,
        cases.public_id,
        partner_subjects.public_id,
        assets.public_id
    ) as public_id,
    coalesce(
        asset_uses.version_number,
        output_links.version_number,
        media_targets.served_version_number,
        publications.version_number,
        cases.reported_version_number,
        retrieved_assets.version_number,
        partner_subjects.version_number,
        template_links.version_number
    ) as version_number,
    coalesce(
        asset_uses.etag,
        shown_versions.etag,
        target_versions.etag,
        publications.etag,
        retrieved_assets.etag,
        partner_subjects.etag,
        template_links.etag
    ) as etag,
    case
        when exceptions.subject_type in ('publication', 'case') or partner_subjects.subject_key is not null
            then 'community'
        when exceptions.subject_type = 'template_link' then 'template'
        else
            coalesce(
                asset_uses.channel_code,
                output_links.channel_code,
                media_targets.channel_code,
                rendition_requests.channel_code,
                selections.channel_code,
                retrievals.channel_code
            )
    end as channel_code,
    communications.segment_code,
    coalesce(communications.jurisdiction_code, communities.region_code, templates.region_code) as jurisdiction_code,
    coalesce(
        asset_uses.verdict,
        output_links.verdict,
        media_targets.target_verdict,
        publications.verdict_now,
        selections.verdict,
        retrieved_assets.verdict,
        partner_subjects.verdict,
        template_links.verdict
    ) as verdict,
    exceptions.reason,
    exceptions.evidence_strength,
    corrections.correction_key,
    corrections.kind as correction_kind,
    -- By whomever the approved bytes were put there: what is missing is the approval in Exstream.
    case
        when template_images.newest_state_code = 'REVIEW' and template_images.newest_content_md5 = versions.etag
            then 'exstream_approval'
    end as awaited_code,
    dispositions.disposition_code,
    dispositions.disposition_state,
    dispositions.owner_id,
    coalesce(dispositions.is_overdue, false) as is_overdue,
    dispositions.due_on,
    dispositions.accepted_until,
    dispositions.disposed_at,
    exceptions.is_standing,
    exceptions.occurred_at,
    exceptions.evaluated_at
from exceptions
inner join control_parameters
    on exceptions.control_name = control_parameters.control_name
left join media_targets
    on
        exceptions.control_name = 'ctl_rich_media_with_unusable_targets'
        and exceptions.subject_key = media_targets.asset_use_key
left join versions as target_versions
    on media_targets.target_asset_version_key = target_versions.asset_version_key
left join asset_uses
    on
        exceptions.subject_type in ('asset_use', 'use_after_launch', 'rich_media')
        and exceptions.subject_key = asset_uses.asset_use_key
        and media_targets.asset_use_key is null
left join output_links
    on
        exceptions.subject_type = 'output_link'
        and exceptions.subject_key = output_links.output_link_key
left join versions as shown_versions
    on output_links.asset_version_key = shown_versions.asset_version_key
left join publications
    on
        exceptions.subject_type = 'publication'
        and exceptions.subject_key = publications.publication_key
left join cases
    on
        exceptions.subject_type = 'case'
        and exceptions.subject_key = cases.case_key
left join partner_subjects
    on
        exceptions.subject_type = partner_subjects.subject_type
        and exceptions.subject_key = partner_subjects.subject_key
left join communities
    on
        coalesce(publications.community_key, cases.community_key, partner_subjects.community_key)
        = communities.community_key
left join partners
    on coalesce(cases.partner_key, partner_subjects.partner_key) = partners.partner_key
left join assets
    on exceptions.asset_key = assets.asset_key
left join communications
    on exceptions.communication_key = communications.communication_key
left join rendition_requests
    on
        exceptions.subject_type = 'rendition_request'
        and exceptions.subject_key = rendition_requests.rendition_request_key
left join selections
    on
        exceptions.subject_type = 'selection'
        and exceptions.subject_key = selections.selection_key
left join retrieved_assets
    on
        exceptions.subject_type = 'retrieved_asset'
        and exceptions.subject_key = retrieved_assets.retrieved_asset_key
left join retrievals
    on retrieved_assets.retrieval_key = retrievals.retrieval_key
left join template_links
    on
        exceptions.subject_type = 'template_link'
        and exceptions.subject_key = template_links.template_image_key
left join templates
    on template_links.template_key = templates.template_key
left join template_images
    on
        templates.domain_code = template_images.domain_code
        and template_links.image_resource_id_exstream = template_images.resource_id_exstream
left join versions
    on template_links.newest_approved_asset_version_key = versions.asset_version_key
left join corrections
    on
        exceptions.exception_key = corrections.exception_key
        and corrections.correction_number = 1
left join dispositions
    on exceptions.exception_key = dispositions.exception_key
