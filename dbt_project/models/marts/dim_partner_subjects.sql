with

publications as (

    select * from {{ ref('fct_publications') }}

),

needs as (

    select * from {{ ref('fct_community_needs') }}

),

distributions as (

    select * from {{ ref('fct_distributions') }}

),

acknowledgements as (

    select * from {{ ref('fct_acknowledgements') }}

),

requirements as (

    select * from {{ ref('fct_launch_requirements') }}

),

flags as (

    select * from {{ ref('fct_flags') }}

),

format_requests as (

    select * from {{ ref('fct_format_requests') }}

),

feedback as (

    select * from {{ ref('fct_feedback') }}

),

subjects as (

    -- A publication is looked at as what is shown, and as a variant.
    select
        'shown_variant' as subject_type,
        publication_key as subject_key,
        community_key,
        cast(null as {{ text_type() }}) as partner_key,
        public_id,
        version_number,
        etag,
        verdict_now as verdict
    from publications

    union all

    select
        'community_need' as subject_type,
        community_need_key as subject_key,
        community_key,
        cast(null as {{ text_type() }}) as partner_key,
        public_id,
        cast(null as bigint) as version_number,
        cast(null as {{ text_type() }}) as etag,
        cast(null as {{ text_type() }}) as verdict
    from needs

    union all

    select
        'distribution' as subject_type,
        distribution_key as subject_key,
        community_key,
        partner_key,
        public_id,
        version_number,
        etag,
        verdict_now as verdict
    from distributions

    union all

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

    union all

    select
        'launch_requirement' as subject_type,
        launch_requirement_key as subject_key,
        community_key,
        cast(null as {{ text_type() }}) as partner_key,
        public_id,
        cast(null as bigint) as version_number,
        cast(null as {{ text_type() }}) as etag,
        cast(null as {{ text_type() }}) as verdict
    from requirements

    union all

    select
        'flag' as subject_type,
        flag_key as subject_key,
        community_key,
        partner_key,
        public_id,
        cast(null as bigint) as version_number,
        cast(null as {{ text_type() }}) as etag,
        cast(null as {{ text_type() }}) as verdict
    from flags

    union all

    select
        'format_request' as subject_type,
        format_request_key as subject_key,
        community_key,
        partner_key,
        public_id,
        cast(null as bigint) as version_number,
        cast(null as {{ text_type() }}) as etag,
        cast(null as {{ text_type() }}) as verdict
    from format_requests

    union all

    select
        'feedback' as subject_type,
        feedback_key as subject_key,
        community_key,
        partner_key,
        public_id,
        before_version_number as version_number,
        cast(null as {{ text_type() }}) as etag,
        cast(null as {{ text_type() }}) as verdict
    from feedback

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
