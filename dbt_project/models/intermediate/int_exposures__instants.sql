-- The answer is asked where it may change: docs/decisions/0038-a-link-is-judged-where-its-answer-may-change.md
with

exposures as (

    select * from {{ ref('int_exposures__bounded') }}

),

served as (

    select
        asset_use_key,
        span_join_key,
        reading_number,
        has_layer,
        composed_at,
        {{ surely_since('exstream', 'composed_at') }} as surely_composed_at,
        evaluated_to,
        served_to,
        possibly_served_from,
        possibly_served_to
    from {{ ref('int_exposures__served') }}

),

spans as (

    select * from {{ ref('int_addresses__served') }}

),

approvals as (

    select
        asset_id_cloudinary,
        etag,
        granted_at,
        ended_at,
        valid_from,
        valid_to
    from {{ ref('int_approvals__granted') }}

),

approved as (

    select
        spans.span_join_key,
        approvals.granted_at,
        approvals.ended_at,
        approvals.valid_from,
        approvals.valid_to
    from spans
    inner join approvals
        on
            spans.asset_id_cloudinary = approvals.asset_id_cloudinary
            and spans.etag = approvals.etag

),

{% set measured = [('served_from', 'spans'), ('granted_at', 'approved'), ('ended_at', 'approved')] %}
{% set declared = [('valid_from', 'approved'), ('valid_to', 'approved'), ('doubtful_from', 'spans')] %}

changes as (

    -- Of what an address served, whoever links to it. What a clock measured (the bytes came, their approval began or
    -- ended) is sure a clock uncertainty later.
    {% for instant, source in measured %}
    select
        span_join_key,
        {{ seconds_from(instant, '-' ~ var('clock_uncertainty_seconds')) }} as possible_at,
        {{ seconds_from(instant, var('clock_uncertainty_seconds')) }} as sure_at
    from {{ source }}

    union all

    {% endfor %}
    -- An approval may have ended an uncertainty earlier, too, when other bytes were still to come.
    select
        span_join_key,
        {{ seconds_from('ended_at', '-' ~ var('clock_uncertainty_seconds')) }} as possible_at,
        {{ seconds_from('ended_at', '-' ~ var('clock_uncertainty_seconds')) }} as sure_at
    from approved

    -- What was declared counts to the second; so does the end of what is sure.
    {% for instant, source in declared %}

    union all

    select
        span_join_key,
        {{ instant }} as possible_at,
        {{ instant }} as sure_at
    from {{ source }}
    {% endfor %}

),

moments as (

    -- What came so near to the end is asked at the end.
    select
        served.asset_use_key,
        served.possibly_served_from,
        served.possibly_served_to,
        served.evaluated_to,
        least(changes.sure_at, served.evaluated_to) as judged_at
    from served
    inner join changes
        on
            served.span_join_key = changes.span_join_key
            and served.surely_composed_at < changes.sure_at
            and served.evaluated_to >= changes.possible_at
    where served.surely_composed_at < served.evaluated_to

    union all

    -- What edges may have kept is gone: behind composition, as nothing else was found.
    select
        asset_use_key,
        possibly_served_from,
        possibly_served_to,
        evaluated_to,
        possibly_served_to as judged_at
    from served
    where possibly_served_to > surely_composed_at

),

instants as (

    select
        asset_use_key,
        judged_at
    from moments
    where
        judged_at <= evaluated_to
        and judged_at >= possibly_served_from
        and judged_at <= possibly_served_to

    union

    -- What went so shortly before composition that an edge may still have served it. Where the engine's clock may have
    -- been off, what is behind composition for sure: what changed in the meantime is a question of composition.
    select
        asset_use_key,
        surely_composed_at as judged_at
    from served
    where
        surely_composed_at <= evaluated_to
        and (
            {{ seconds_from('served_to', var('clock_uncertainty_seconds')) }} <= surely_composed_at
            or composed_at < surely_composed_at
        )

),

asked as (

    select
        served.asset_use_key,
        served.span_join_key,
        served.reading_number,
        served.has_layer,
        instants.judged_at
    from served
    inner join instants
        on
            served.asset_use_key = instants.asset_use_key
            and served.possibly_served_from <= instants.judged_at
            and served.possibly_served_to > instants.judged_at

),

keyed as (

    select
        asked.asset_use_key,
        asked.reading_number,
        asked.has_layer,
        asked.judged_at,
        {{ surrogate_key(['asked.asset_use_key', 'spans.asset_version_key', 'spans.served_from']) }}
            as exposure_version_key,
        spans.asset_version_key,
        spans.asset_id_cloudinary,
        spans.etag,
        spans.version_number,
        spans.doubtful_from,
        spans.served_from,
        spans.served_to
    from asked
    inner join spans
        on asked.span_join_key = spans.span_join_key

)

select
    {{ surrogate_key(['keyed.exposure_version_key', 'keyed.judged_at']) }} as exposure_instant_key,
    keyed.exposure_version_key,
    keyed.asset_use_key,
    keyed.asset_version_key,
    keyed.asset_id_cloudinary,
    keyed.etag,
    keyed.version_number,
    keyed.reading_number,
    exposures.channel_code,
    exposures.segment_code,
    exposures.jurisdiction_code,
    exposures.offers_list,
    exposures.has_conflicts,
    exposures.has_layer or coalesce(keyed.has_layer, false) as has_layer,
    keyed.served_from,
    keyed.served_to,
    {{ seconds_from('keyed.served_to', var('clock_uncertainty_seconds')) }} <= keyed.judged_at as is_by_edge_only,
    coalesce(
        {{ seconds_from('keyed.judged_at', var('clock_uncertainty_seconds')) }} > keyed.doubtful_from, false
    ) as is_doubtful,
    keyed.judged_at
from keyed
inner join exposures
    on keyed.asset_use_key = exposures.asset_use_key
