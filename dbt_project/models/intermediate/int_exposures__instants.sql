-- The answer is asked where it may change: docs/decisions/0038-a-link-is-judged-where-its-answer-may-change.md
with

served as (

    select * from {{ ref('int_exposures__served') }}

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
        served.asset_use_key,
        served.composed_at,
        served.evaluated_to,
        served.possibly_served_from,
        served.possibly_served_to,
        approvals.granted_at,
        approvals.ended_at,
        approvals.valid_from,
        approvals.valid_to
    from served
    inner join approvals
        on
            served.asset_id_cloudinary = approvals.asset_id_cloudinary
            and served.etag = approvals.etag

),

{% set measured = [('served_from', 'served'), ('granted_at', 'approved'), ('ended_at', 'approved')] %}
{% set declared = [
    ('valid_from', 'approved'), ('valid_to', 'approved'), ('doubtful_from', 'served'), ('possibly_served_to', 'served')
] %}

measured_changes as (

    -- What a clock measured: the bytes came, their approval began or ended.
    {% for instant, source in measured %}
    select
        asset_use_key,
        composed_at,
        evaluated_to,
        possibly_served_from,
        possibly_served_to,
        {{ instant }} as changed_at
    from {{ source }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

declared_changes as (

    -- What was declared counts to the second; so do the end of what is sure, and of what edges may have kept.
    {% for instant, source in declared %}
    select
        asset_use_key,
        composed_at,
        evaluated_to,
        possibly_served_from,
        possibly_served_to,
        {{ instant }} as changed_at
    from {{ source }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

moments as (

    -- A measured change is sure a clock uncertainty later, and what came so near to the end is asked at the end. An
    -- approval may have ended an uncertainty earlier, too, when other bytes were still to come.
    select
        asset_use_key,
        composed_at,
        evaluated_to,
        possibly_served_from,
        possibly_served_to,
        least({{ seconds_from('changed_at', var('clock_uncertainty_seconds')) }}, evaluated_to) as judged_at
    from measured_changes
    where {{ seconds_from('changed_at', '-' ~ var('clock_uncertainty_seconds')) }} <= evaluated_to

    union all

    select
        asset_use_key,
        composed_at,
        evaluated_to,
        possibly_served_from,
        possibly_served_to,
        {{ seconds_from('ended_at', '-' ~ var('clock_uncertainty_seconds')) }} as judged_at
    from approved

    union all

    select
        asset_use_key,
        composed_at,
        evaluated_to,
        possibly_served_from,
        possibly_served_to,
        changed_at as judged_at
    from declared_changes

),

instants as (

    select distinct
        asset_use_key,
        judged_at
    from moments
    where
        judged_at > composed_at
        and judged_at <= evaluated_to
        and judged_at >= possibly_served_from
        and judged_at <= possibly_served_to

    union all

    -- What went so shortly before composition that an edge may still have served it.
    select distinct
        asset_use_key,
        composed_at as judged_at
    from served
    where {{ seconds_from('served_to', var('clock_uncertainty_seconds')) }} <= composed_at

)

select
    {{ surrogate_key(['served.exposure_version_key', 'instants.judged_at']) }} as exposure_instant_key,
    served.exposure_version_key,
    served.asset_use_key,
    served.asset_version_key,
    served.asset_id_cloudinary,
    served.etag,
    served.version_number,
    served.channel_code,
    served.segment_code,
    served.jurisdiction_code,
    served.offers_list,
    served.has_conflicts,
    served.has_layer,
    served.served_from,
    served.served_to,
    {{ seconds_from('served.served_to', var('clock_uncertainty_seconds')) }} <= instants.judged_at
        as is_by_edge_only,
    coalesce(
        {{ seconds_from('instants.judged_at', var('clock_uncertainty_seconds')) }} > served.doubtful_from, false
    ) as is_doubtful,
    instants.judged_at
from instants
inner join served
    on
        instants.asset_use_key = served.asset_use_key
        and instants.judged_at >= served.possibly_served_from
        and instants.judged_at < served.possibly_served_to
