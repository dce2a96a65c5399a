with

renderings as (

    select * from {{ ref('stg_exstream__renderings') }}
    where has_rendition_request

),

communications as (

    select * from {{ ref('stg_exstream__communications') }}

),

asset_uses as (

    select * from {{ ref('stg_exstream__asset_uses') }}

),

rendition_policies as (

    select * from {{ ref('rendition_policies') }}

),

rendition_formats as (

    select * from {{ ref('rendition_formats') }}

),

rendition_outcomes as (

    select * from {{ ref('rendition_outcomes') }}

),

requests as (

    select
        renderings.*,
        coalesce(renderings.asked_channel_code, renderings.channel_code) as judged_channel_code,
        {{ delivered_rendition('renderings.returned_url') }} as returned_rendition,
        renderings.has_conflicts or coalesce(communications.has_conflicts, false) as has_contradictions,
        communications.generated_at
    from renderings
    left join communications
        on renderings.communication_key = communications.communication_key

),

measures as (

    -- A preference's own rule goes before the channel's rule for every preference.
    select
        requests.rendering_key,
        rendition_policies.min_width_px,
        rendition_policies.max_width_px,
        rendition_policies.max_bytes,
        row_number() over (
            partition by requests.rendering_key
            order by
                case when rendition_policies.preference_code = '*' then 1 else 0 end asc nulls last,
                rendition_policies.valid_from desc nulls last
        ) as rule_number
    from requests
    inner join rendition_policies
        on
            requests.judged_channel_code = rendition_policies.channel_code
            and requests.generated_at >= rendition_policies.valid_from
            and requests.generated_at < rendition_policies.valid_to
            and (
                rendition_policies.preference_code = '*'
                or requests.preference_code = rendition_policies.preference_code
            )

),

formats as (

    select
        requests.rendering_key,
        bool_or(requests.returned_format_code = rendition_formats.format_code) as is_format_allowed
    from requests
    inner join rendition_formats
        on
            requests.judged_channel_code = rendition_formats.channel_code
            and requests.generated_at >= rendition_formats.valid_from
            and requests.generated_at < rendition_formats.valid_to
    group by requests.rendering_key

),

used_renditions as (

    select
        requests.rendering_key,
        min(asset_uses.asset_use_key) as asset_use_key
    from requests
    inner join asset_uses
        on
            requests.rendering_key = asset_uses.rendering_key
            and requests.returned_rendition = {{ delivered_rendition('asset_uses.delivery_url') }}
    group by requests.rendering_key

),

use_counts as (

    select
        rendering_key,
        bool_or(has_conflicts) as has_conflicts
    from asset_uses
    group by rendering_key

),

judged as (

    select
        requests.*,
        used_renditions.asset_use_key,
        case
            when requests.has_contradictions then 'conflicting_records'
            when requests.generated_at is null then 'instant_unknown'
            when requests.returned_url is null then 'nothing_returned'
            when measures.rendering_key is null and formats.rendering_key is null then 'no_rule'
            when not formats.is_format_allowed then 'format_not_allowed'
            when requests.returned_width_px > measures.max_width_px then 'too_wide'
            when requests.returned_width_px < measures.min_width_px then 'too_narrow'
            when requests.returned_bytes > measures.max_bytes then 'too_heavy'
            when
                requests.returned_format_code is null
                or requests.returned_width_px is null
                or requests.returned_bytes is null
                then 'not_told'
            else 'fits'
        end as fit_reason,
        case
            when requests.returned_url is not null then 'rendition_returned'
            when rendition_outcomes.is_answer then 'answered_without_rendition'
            when requests.has_contradictions then 'conflicting_records'
            when requests.outcome_code is null then 'outcome_not_recorded'
            when requests.generated_at is null then 'instant_unknown'
            else coalesce(rendition_outcomes.unanswered_reason, 'outcome_unknown')
        end as answer_reason,
        case
            when requests.returned_url is null then 'nothing_returned'
            when used_renditions.asset_use_key is not null then 'used'
            when requests.has_contradictions or coalesce(use_counts.has_conflicts, false) then 'conflicting_records'
            else 'another_rendition_used'
        end as usage_reason
    from requests
    left join measures
        on
            requests.rendering_key = measures.rendering_key
            and measures.rule_number = 1
    left join formats
        on requests.rendering_key = formats.rendering_key
    left join rendition_outcomes
        on
            requests.outcome_code = rendition_outcomes.outcome_code
            and requests.generated_at >= rendition_outcomes.valid_from
            and requests.generated_at < rendition_outcomes.valid_to
    left join used_renditions
        on requests.rendering_key = used_renditions.rendering_key
    left join use_counts
        on requests.rendering_key = use_counts.rendering_key

)

select
    cast({{ surrogate_key(["'rendition_request'", 'rendering_key']) }} as {{ text_type() }}) as rendition_request_key,
    cast(rendering_key as {{ text_type() }}) as rendering_key,
    cast(communication_key as {{ text_type() }}) as communication_key,
    cast(asset_use_key as {{ text_type() }}) as asset_use_key,
    cast(
        coalesce(
            rendition_request_id_exstream,
            communication_id_exstream || '/' || rendering_id_exstream || '/rendition-request'
        ) as {{ text_type() }}
    ) as rendition_request_id_exstream,
    cast(channel_code as {{ text_type() }}) as channel_code,
    cast(judged_channel_code as {{ text_type() }}) as asked_channel_code,
    cast(preference_code as {{ text_type() }}) as preference_code,
    cast(returned_url as {{ text_type() }}) as returned_url,
    cast(returned_format_code as {{ text_type() }}) as returned_format_code,
    cast(outcome_code as {{ text_type() }}) as outcome_code,
    cast(fit_reason as {{ text_type() }}) as fit_reason,
    cast(answer_reason as {{ text_type() }}) as answer_reason,
    cast(usage_reason as {{ text_type() }}) as usage_reason,
    cast(returned_width_px as bigint) as returned_width_px,
    cast(returned_bytes as bigint) as returned_bytes,
    cast(latency_ms as bigint) as latency_ms,
    cast(generated_at as {{ instant_type() }}) as generated_at,
    cast(_log_index as bigint) as _log_index
from judged
