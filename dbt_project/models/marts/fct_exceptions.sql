{% set controls = [
    'ctl_unapproved_asset_uses',
    'ctl_expired_asset_uses',
    'ctl_ineligible_asset_uses',
    'ctl_superseded_asset_uses',
    'ctl_outdated_community_assets',
    'ctl_unanswered_corrected_cases',
    'ctl_unfitting_renditions',
    'ctl_unanswered_rendition_requests',
    'ctl_unused_renditions',
    'ctl_selections_outside_campaign',
    'ctl_uses_without_selection',
    'ctl_retrievals_of_unapproved_assets',
    'ctl_uses_without_retrieval',
    'ctl_retrieved_assets_not_stored',
    'ctl_communications_without_references',
    'ctl_ineligible_community_assets',
    'ctl_missing_variants',
    'ctl_foreign_region_variants',
    'ctl_outdated_artwork',
    'ctl_unacknowledged_artwork',
    'ctl_acknowledgements_of_other_bytes',
    'ctl_artwork_against_catalogue_rules',
    'ctl_missing_launch_assets',
    'ctl_overdue_flags',
    'ctl_unanswered_format_requests',
    'ctl_unanswered_feedback',
    'ctl_republications_without_change',
    'ctl_republications_made_worse',
    'ctl_cases_with_unresolvable_references',
    'ctl_case_answers_with_stale_links',
    'ctl_templates_behind_approved_versions',
    'ctl_uses_breaking_channel_policy',
    'ctl_old_visuals_after_launch',
    'ctl_launches_without_approved_visuals',
    'ctl_downloads_of_unapproved_assets',
    'ctl_rich_media_with_unusable_targets',
    'ctl_thumbnails_of_other_versions',
    'ctl_shares_before_approval',
    'ctl_shares_after_approval_ended',
    'ctl_receipts_of_what_was_never_shared',
    'ctl_shares_approved_by_their_uploader',
    'ctl_foreign_changes',
] %}

with

control_parameters as (

    select * from {{ ref('control_parameters') }}

),

findings as (

    {% for control in controls %}
    {% if not loop.first %}
    union all
    {% endif %}
    select
        '{{ control }}' as control_name,
        *
    from {{ ref(control) }}
    {% endfor %}

),

template_links as (

    select * from {{ ref('fct_template_links') }}
    where is_in_use

)

select
    {{ surrogate_key(['findings.control_name', 'findings.subject_key']) }} as exception_key,
    cast(findings.control_name as {{ text_type() }}) as control_name,
    cast(findings.subject_type as {{ text_type() }}) as subject_type,
    cast(findings.subject_key as {{ text_type() }}) as subject_key,
    cast(findings.subject_id as {{ text_type() }}) as subject_id,
    cast(findings.asset_key as {{ text_type() }}) as asset_key,
    cast(findings.communication_key as {{ text_type() }}) as communication_key,
    cast(control_parameters.is_standing as boolean) as is_standing,
    cast(findings.occurred_at as {{ instant_type() }}) as occurred_at,
    cast(findings.evaluated_at as {{ instant_type() }}) as evaluated_at,
    cast(findings.reason as {{ text_type() }}) as reason,
    -- Which asset a case is about is the partner's word; that its reference names none is what we found ourselves.
    cast(
        case
            when findings.subject_type = 'template_link' then template_links.evidence_strength
            when findings.subject_type = 'case' and findings.asset_key is not null then 'declared'
            else 'exact'
        end as {{ text_type() }}
    ) as evidence_strength
from findings
inner join control_parameters
    on findings.control_name = control_parameters.control_name
left join template_links
    on
        findings.subject_type = 'template_link'
        and findings.subject_key = template_links.template_image_key
