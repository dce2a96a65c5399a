-- Subject type: model, key, community, partner, version number, etag, verdict. A publication is a subject as a variant.
{% set nothing = {'text': 'cast(null as ' ~ text_type() ~ ')', 'number': 'cast(null as bigint)'} %}
{% set kinds = {
    'shown_variant': (
        'fct_publications', 'publication_key', nothing.text, 'version_number', 'etag', 'verdict_now'
    ),
    'community_need': (
        'fct_community_needs', 'community_need_key', nothing.text, nothing.number, nothing.text, nothing.text
    ),
    'distribution': (
        'fct_distributions', 'distribution_key', 'partner_key', 'version_number', 'etag', 'verdict_now'
    ),
    'launch_requirement': (
        'fct_launch_requirements', 'launch_requirement_key', nothing.text, nothing.number, nothing.text, nothing.text
    ),
    'launch_visual': (
        'fct_launch_visuals', 'launch_requirement_key', nothing.text, 'version_number', 'etag', 'verdict'
    ),
    'download': (
        'fct_downloads', 'receipt_key', 'partner_key', 'version_number', 'etag', 'verdict'
    ),
    'share': (
        'fct_shares', 'share_key', 'partner_key', 'version_number', 'etag', 'verdict'
    ),
    'partner_receipt': (
        'fct_partner_receipts', 'receipt_key', 'partner_key', nothing.number, nothing.text, nothing.text
    ),
    'flag': (
        'fct_flags', 'flag_key', 'partner_key', nothing.number, nothing.text, nothing.text
    ),
    'format_request': (
        'fct_format_requests', 'format_request_key', 'partner_key', nothing.number, nothing.text, nothing.text
    ),
    'feedback': (
        'fct_feedback', 'feedback_key', 'partner_key', 'before_version_number', nothing.text, nothing.text
    ),
} %}

with

acknowledgements as (

    select * from {{ ref('fct_acknowledgements') }}

),

publications as (

    select * from {{ ref('fct_publications') }}

),

distributions as (

    select * from {{ ref('fct_distributions') }}

),

cases as (

    select * from {{ ref('fct_cases') }}

),

messages as (

    select * from {{ ref('fct_case_messages') }}

),

subjects as (

    {% for subject_type, (model, key, partner, version, etag, verdict) in kinds.items() %}
    select
        '{{ subject_type }}' as subject_type,
        {{ key }} as subject_key,
        community_key,
        {{ partner }} as partner_key,
        public_id,
        {{ version }} as version_number,
        {{ etag }} as etag,
        {{ verdict }} as verdict
    from {{ ref(model) }}

    union all
    {% endfor %}

    -- A message is where its case is.
    select
        'case_message' as subject_type,
        messages.case_message_key as subject_key,
        cases.community_key,
        cases.partner_key,
        messages.linked_public_id as public_id,
        messages.linked_version_number as version_number,
        cast(null as {{ text_type() }}) as etag,
        cast(null as {{ text_type() }}) as verdict
    from messages
    inner join cases
        on messages.case_key = cases.case_key

    union all

    -- An acknowledgement is where that is which it acknowledges.
    select
        'acknowledgement' as subject_type,
        acknowledgements.acknowledgement_match_key as subject_key,
        coalesce(publications.community_key, distributions.community_key) as community_key,
        acknowledgements.partner_key,
        coalesce(publications.public_id, distributions.public_id) as public_id,
        coalesce(publications.version_number, distributions.version_number) as version_number,
        coalesce(publications.etag, distributions.etag) as etag,
        cast(null as {{ text_type() }}) as verdict
    from acknowledgements
    left join publications
        on acknowledgements.publication_key = publications.publication_key
    left join distributions
        on acknowledgements.distribution_key = distributions.distribution_key

)

select
    {{ surrogate_key(['subject_type', 'subject_key']) }} as partner_subject_key,
    cast(subject_type as {{ text_type() }}) as subject_type,
    cast(subject_key as {{ text_type() }}) as subject_key,
    cast(community_key as {{ text_type() }}) as community_key,
    cast(partner_key as {{ text_type() }}) as partner_key,
    cast(public_id as {{ text_type() }}) as public_id,
    cast(version_number as bigint) as version_number,
    cast(etag as {{ text_type() }}) as etag,
    cast(verdict as {{ text_type() }}) as verdict
from subjects
