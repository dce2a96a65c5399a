with

asset_uses as (

    -- Where one version alone can be meant, and nothing but its approval decides, the use is judged without candidates.
    select * from {{ ref('int_asset_uses__matched') }}
    where not is_plain

),

communications as (

    select * from {{ ref('stg_exstream__communications_referring') }}

),

renderings as (

    select * from {{ ref('stg_exstream__renderings_referring') }}

),

publications as (

    select * from {{ ref('stg_trading_grid__publications') }}

),

deleted_objects as (

    select * from {{ ref('int_objects__deleted') }}

),

communities as (

    select * from {{ ref('stg_trading_grid__communities') }}

),

evaluations as (

    select * from {{ ref('int_evaluations__dated') }}

),

retrieved_assets as (

    select * from {{ ref('int_retrieved_assets__returned') }}

),

partner_references as (

    select * from {{ ref('int_partner_references__unioned') }}

),

media_targets as (

    select * from {{ ref('int_media_targets__named') }}
    where target_form in ('by_id', 'by_name')

),

template_links as (

    select * from {{ ref('int_template_links__resolved') }}
    where is_in_use and (asset_id_cloudinary is not null or is_live_url)

),

templates as (

    select * from {{ ref('int_templates__described') }}

),

exposure_instants as (

    select * from {{ ref('int_exposures__instants') }}

),

output_links as (

    select * from {{ ref('int_output_links__matched') }}
    where served_public_id is not null

),

{% set moments = [
    ('media_target', 'public_id', 'judged_at', 'media_targets._loaded_at'),
    ('media_target_now', 'public_id_now', 'judged_now_at', 'cast(null as ' ~ instant_type() ~ ')'),
] %}
{% set referenced_within = reference_clock_uncertainty('unioned.reference_type', 'unioned.referenced_at', false) %}
{% set judged_within = reference_clock_uncertainty('unioned.reference_type', 'unioned.judged_at', true) %}

unioned as (

    select
        {{ reference_key('asset_use', 'asset_uses.asset_use_key') }} as reference_key,
        'asset_use' as reference_type,
        cast(null as {{ text_type() }}) as subject_key,
        asset_uses.asset_id_cloudinary,
        asset_uses.public_id,
        asset_uses.etag,
        asset_uses.served_public_id as delivery_public_id,
        asset_uses.delivery_resource_type,
        asset_uses.delivery_type,
        asset_uses.delivery_format_code,
        asset_uses.delivery_readings,
        asset_uses.channel_code,
        asset_uses.segment_code,
        asset_uses.jurisdiction_code,
        asset_uses.offers_list,
        asset_uses.version_number,
        asset_uses.is_live_url,
        true as has_segment_rule,
        true as has_offer_rule,
        asset_uses.has_conflicts,
        asset_uses.has_layer,
        asset_uses.generated_at as referenced_at,
        asset_uses.generated_at as judged_at,
        asset_uses._loaded_at
    from asset_uses

    union all

    select
        {{ reference_key('publication', 'publications.publication_key') }} as reference_key,
        'publication' as reference_type,
        publications.publication_key as subject_key,
        publications.asset_id_cloudinary,
        publications.public_id,
        publications.etag,
        cast(null as {{ text_type() }}) as delivery_public_id,
        cast(null as {{ text_type() }}) as delivery_resource_type,
        cast(null as {{ text_type() }}) as delivery_type,
        cast(null as {{ text_type() }}) as delivery_format_code,
        cast(null as {{ text_type() }}) as delivery_readings,
        'community' as channel_code,
        cast(null as {{ text_type() }}) as segment_code,
        communities.region_code as jurisdiction_code,
        {{ empty_list() }} as offers_list,
        publications.version_number,
        false as is_live_url,
        false as has_segment_rule,
        false as has_offer_rule,
        false as has_conflicts,
        false as has_layer,
        publications.published_at as referenced_at,
        publications.published_at as judged_at,
        publications._first_loaded_at as _loaded_at
    from publications
    left join communities
        on publications.community_key = communities.community_key

    union all

    -- What a community still shows is judged once more, at the instant up to which everything is claimed.
    select
        {{ reference_key('publication_now', 'publications.publication_key') }} as reference_key,
        'publication_now' as reference_type,
        publications.publication_key as subject_key,
        publications.asset_id_cloudinary,
        publications.public_id,
        publications.etag,
        cast(null as {{ text_type() }}) as delivery_public_id,
        cast(null as {{ text_type() }}) as delivery_resource_type,
        cast(null as {{ text_type() }}) as delivery_type,
        cast(null as {{ text_type() }}) as delivery_format_code,
        cast(null as {{ text_type() }}) as delivery_readings,
        'community' as channel_code,
        cast(null as {{ text_type() }}) as segment_code,
        communities.region_code as jurisdiction_code,
        {{ empty_list() }} as offers_list,
        publications.version_number,
        false as is_live_url,
        false as has_segment_rule,
        false as has_offer_rule,
        false as has_conflicts,
        false as has_layer,
        publications.published_at as referenced_at,
        evaluations.evaluated_at as judged_at,
        cast(null as {{ instant_type() }}) as _loaded_at
    from publications
    left join communities
        on publications.community_key = communities.community_key
    left join evaluations
        on evaluations.subject_type = 'publication'
    left join deleted_objects
        on publications.publication_key = deleted_objects.publication_key
    where publications.withdrawn_at is null and deleted_objects.publication_key is null

    union all

    -- What partners were sent or reported, and what launches publish: a partner is of no segment and has no offer.
    select
        case reference_type
            when 'distribution' then {{ reference_key('distribution', 'subject_key') }}
            when 'distribution_now' then {{ reference_key('distribution_now', 'subject_key') }}
            when 'launch_visual' then {{ reference_key('launch_visual', 'subject_key') }}
            when 'download' then {{ reference_key('download', 'subject_key') }}
            when 'case' then {{ reference_key('case', 'subject_key') }}
        end as reference_key,
        reference_type,
        subject_key,
        asset_id_cloudinary,
        public_id,
        etag,
        case when is_live_url then public_id end as delivery_public_id,
        cast(null as {{ text_type() }}) as delivery_resource_type,
        cast(null as {{ text_type() }}) as delivery_type,
        cast(null as {{ text_type() }}) as delivery_format_code,
        cast(null as {{ text_type() }}) as delivery_readings,
        channel_code,
        cast(null as {{ text_type() }}) as segment_code,
        jurisdiction_code,
        {{ empty_list() }} as offers_list,
        version_number,
        is_live_url,
        false as has_segment_rule,
        false as has_offer_rule,
        false as has_conflicts,
        false as has_layer,
        referenced_at,
        judged_at,
        _loaded_at
    from partner_references

    union all

    -- What a retrieval returned is judged for what it asked; what it did not ask is the communication's own.
    select
        {{ reference_key('retrieved_asset', 'retrieved_assets.retrieved_asset_key') }} as reference_key,
        'retrieved_asset' as reference_type,
        retrieved_assets.retrieved_asset_key as subject_key,
        retrieved_assets.asset_id_cloudinary,
        retrieved_assets.public_id,
        retrieved_assets.etag,
        cast(null as {{ text_type() }}) as delivery_public_id,
        cast(null as {{ text_type() }}) as delivery_resource_type,
        cast(null as {{ text_type() }}) as delivery_type,
        cast(null as {{ text_type() }}) as delivery_format_code,
        cast(null as {{ text_type() }}) as delivery_readings,
        retrieved_assets.channel_code,
        coalesce(retrieved_assets.asked_segment_code, communications.segment_code) as segment_code,
        coalesce(retrieved_assets.asked_jurisdiction_code, communications.jurisdiction_code) as jurisdiction_code,
        {{ empty_list() }} as offers_list,
        retrieved_assets.version_number,
        false as is_live_url,
        true as has_segment_rule,
        false as has_offer_rule,
        retrieved_assets.has_conflicts or coalesce(communications.has_conflicts, false) as has_conflicts,
        false as has_layer,
        communications.generated_at as referenced_at,
        communications.generated_at as judged_at,
        greatest(retrieved_assets._loaded_at, communications._loaded_at) as _loaded_at
    from retrieved_assets
    left join communications
        on retrieved_assets.communication_key = communications.communication_key

    union all

    -- Where a thumbnail leads serves the newest bytes: those at composition, and those at the end of the claims.
    {% for reference_type, name, instant, loaded in moments %}
    select
        {{ reference_key(reference_type, 'media_targets.asset_use_key') }} as reference_key,
        '{{ reference_type }}' as reference_type,
        media_targets.asset_use_key as subject_key,
        cast(null as {{ text_type() }}) as asset_id_cloudinary,
        media_targets.{{ name }} as public_id,
        cast(null as {{ text_type() }}) as etag,
        media_targets.{{ name }} as delivery_public_id,
        media_targets.resource_type as delivery_resource_type,
        media_targets.delivery_type,
        media_targets.format_code as delivery_format_code,
        cast(null as {{ text_type() }}) as delivery_readings,
        renderings.channel_code,
        communications.segment_code,
        communications.jurisdiction_code,
        communications.offers_list,
        cast(null as bigint) as version_number,
        true as is_live_url,
        true as has_segment_rule,
        true as has_offer_rule,
        media_targets.has_conflicts,
        false as has_layer,
        media_targets.{{ instant }} as referenced_at,
        media_targets.{{ instant }} as judged_at,
        {{ loaded }} as _loaded_at
    from media_targets
    left join communications
        on media_targets.communication_key = communications.communication_key
    left join renderings
        on media_targets.rendering_key = renderings.rendering_key

    union all

    {% endfor %}
    -- What a template shows is judged at the end of the claims, for its region; an address serves what it names then.
    select
        {{ reference_key('template_link', 'template_links.template_image_key') }} as reference_key,
        'template_link' as reference_type,
        template_links.template_image_key as subject_key,
        case when not template_links.is_live_url then template_links.asset_id_cloudinary end as asset_id_cloudinary,
        template_links.public_id,
        template_links.etag,
        case when template_links.is_live_url then template_links.public_id end as delivery_public_id,
        cast(null as {{ text_type() }}) as delivery_resource_type,
        cast(null as {{ text_type() }}) as delivery_type,
        cast(null as {{ text_type() }}) as delivery_format_code,
        template_links.delivery_readings,
        'template' as channel_code,
        cast(null as {{ text_type() }}) as segment_code,
        templates.region_code as jurisdiction_code,
        {{ empty_list() }} as offers_list,
        template_links.version_number,
        template_links.is_live_url,
        false as has_segment_rule,
        false as has_offer_rule,
        false as has_conflicts,
        false as has_layer,
        -- What is served within the clock uncertainty behind the last claim is not known.
        case
            when template_links.is_live_url
                then {{ seconds_from('evaluations.evaluated_at', '-' ~ var('clock_uncertainty_seconds')) }}
            else template_links.image_used_from
        end as referenced_at,
        case
            when template_links.is_live_url
                then {{ seconds_from('evaluations.evaluated_at', '-' ~ var('clock_uncertainty_seconds')) }}
            else evaluations.evaluated_at
        end as judged_at,
        cast(null as {{ instant_type() }}) as _loaded_at
    from template_links
    inner join templates
        on
            template_links.domain_code = templates.domain_code
            and template_links.template_resource_id = templates.resource_id_exstream
    left join evaluations
        on evaluations.subject_type = 'template_link'

    union all

    -- What an address in an output served when it was composed; of what several were sent no recipient is known.
    select
        {{ reference_key('output_link', 'output_link_key') }} as reference_key,
        'output_link' as reference_type,
        output_link_key as subject_key,
        cast(null as {{ text_type() }}) as asset_id_cloudinary,
        served_public_id as public_id,
        cast(null as {{ text_type() }}) as etag,
        served_public_id as delivery_public_id,
        delivery_resource_type,
        delivery_type,
        delivery_format_code,
        cast(null as {{ text_type() }}) as delivery_readings,
        channel_code,
        segment_code,
        jurisdiction_code,
        coalesce(offers_list, {{ empty_list() }}) as offers_list,
        cast(null as bigint) as version_number,
        true as is_live_url,
        communication_key is not null as has_segment_rule,
        communication_key is not null as has_offer_rule,
        has_conflicts,
        has_layer,
        composed_at as referenced_at,
        composed_at as judged_at,
        _loaded_at
    from output_links

    union all

    -- What a live link may serve after composition: these bytes, at an instant at which the answer may change.
    select
        {{ reference_key('exposure', 'exposure_instant_key') }} as reference_key,
        'exposure' as reference_type,
        exposure_instant_key as subject_key,
        asset_id_cloudinary,
        cast(null as {{ text_type() }}) as public_id,
        etag,
        cast(null as {{ text_type() }}) as delivery_public_id,
        cast(null as {{ text_type() }}) as delivery_resource_type,
        cast(null as {{ text_type() }}) as delivery_type,
        cast(null as {{ text_type() }}) as delivery_format_code,
        cast(null as {{ text_type() }}) as delivery_readings,
        channel_code,
        segment_code,
        jurisdiction_code,
        offers_list,
        version_number,
        false as is_live_url,
        true as has_segment_rule,
        true as has_offer_rule,
        has_conflicts,
        has_layer,
        judged_at as referenced_at,
        judged_at,
        cast(null as {{ instant_type() }}) as _loaded_at
    from exposure_instants

)

select
    unioned.reference_key,
    unioned.reference_type,
    unioned.subject_key,
    unioned.asset_id_cloudinary,
    unioned.public_id,
    unioned.etag,
    unioned.delivery_public_id,
    unioned.delivery_resource_type,
    unioned.delivery_type,
    unioned.delivery_format_code,
    unioned.delivery_readings,
    unioned.channel_code,
    unioned.segment_code,
    unioned.jurisdiction_code,
    unioned.offers_list,
    -- `v1` in a Cloudinary URL means no version.
    case when unioned.version_number > 1 then unioned.version_number end as version_number,
    unioned.is_live_url,
    unioned.has_segment_rule,
    unioned.has_offer_rule,
    unioned.has_conflicts,
    unioned.has_layer,
    unioned.referenced_at,
    {{ seconds_after('unioned.referenced_at', '-(' ~ referenced_within ~ ')') }} as referenced_from,
    {{ seconds_after('unioned.referenced_at', referenced_within) }} as referenced_to,
    unioned.judged_at,
    {{ seconds_after('unioned.judged_at', '-(' ~ judged_within ~ ')') }} as judged_from,
    {{ seconds_after('unioned.judged_at', judged_within) }} as judged_to,
    unioned._loaded_at
from unioned
