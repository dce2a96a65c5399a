with

exceptions as (

    select * from {{ ref('fct_exceptions') }}
    where control_name = 'ctl_uses_breaking_channel_policy'

),

delivered as (

    -- What is embedded was not transformed on its way: it takes another image, not another address.
    select * from {{ ref('fct_delivered_renditions') }}
    where binding = 'live_url'

),

communications as (

    select * from {{ ref('fct_communications') }}

),

channel_policies as (

    select * from {{ ref('channel_policies') }}

),

channel_formats as (

    select * from {{ ref('rendition_formats') }}

),

placed as (

    select
        delivered.*,
        coalesce(communications.template_id_exstream, 'any template') as template_name,
        coalesce(delivered.transformation, '') as transformation_text
    from delivered
    left join communications
        on delivered.communication_key = communications.communication_key

),

patterns as (

    select
        placed.template_name,
        placed.channel_code,
        placed.transformation_text,
        min(exceptions.exception_key) as exception_key,
        min(exceptions.reason) as reason,
        max(exceptions.evaluated_at) as evaluated_at,
        max(placed.delivered_width_px) as delivered_width_px,
        max(placed.generated_at) as last_generated_at,
        bool_or(placed.has_auto_format) as has_auto_format,
        bool_or(placed.has_auto_quality) as has_auto_quality,
        bool_or(exceptions.reason = 'format_not_taken') as is_format_not_taken
    from placed
    inner join exceptions
        on placed.asset_use_key = exceptions.subject_key
    group by placed.template_name, placed.channel_code, placed.transformation_text

),

taken_formats as (

    -- JPG, which everything shows, where the channel takes it.
    select
        patterns.channel_code,
        coalesce(
            max(case when channel_formats.format_code = 'jpg' then channel_formats.format_code end),
            min(channel_formats.format_code)
        ) as format_code
    from patterns
    inner join channel_formats
        on
            patterns.channel_code = channel_formats.channel_code
            and patterns.evaluated_at >= channel_formats.valid_from
            and patterns.evaluated_at < channel_formats.valid_to
    group by patterns.channel_code

),

ruled as (

    -- The policy in force at the evaluation: what was in order by that of the use may be refused tomorrow.
    select
        patterns.*,
        taken_formats.format_code as taken_format_code,
        coalesce(channel_policies.needs_auto_format, false) and not patterns.has_auto_format as is_format_to_adapt,
        coalesce(channel_policies.needs_auto_quality, false) and not patterns.has_auto_quality as is_quality_to_adapt,
        case
            when patterns.delivered_width_px > channel_policies.max_width_px then channel_policies.max_width_px
        end as width_to_keep_px
    from patterns
    left join channel_policies
        on
            patterns.channel_code = channel_policies.channel_code
            and patterns.evaluated_at >= channel_policies.valid_from
            and patterns.evaluated_at < channel_policies.valid_to
    left join taken_formats
        on patterns.channel_code = taken_formats.channel_code

),

cleared as (

    select
        *,
        case
            when is_format_to_adapt or is_format_not_taken
                then {{ without_parameter('transformation_text', 'f') }}
            else transformation_text
        end as without_format
    from ruled

),

advised as (

    -- The crop stays as it was: a last step that only makes smaller, then format and quality.
    select
        *,
        concat(
            template_name,
            '/',
            channel_code,
            '/',
            -- Layers make addresses of any length; an id has to stay one that a table can hold.
            case
                when length(transformation_text) <= 200 then transformation_text
                else left(transformation_text, 160) || '…' || left({{ surrogate_key(['transformation_text']) }}, 16)
            end
        ) as place_id,
        concat_ws(
            '/',
            nullif(
                case
                    when is_quality_to_adapt then {{ without_parameter('without_format', 'q') }} else without_format
                end,
                ''
            ),
            'c_limit,w_' || cast(width_to_keep_px as {{ text_type() }}),
            case
                when is_format_to_adapt then 'f_auto'
                when is_format_not_taken then 'f_' || taken_format_code
            end,
            case when is_quality_to_adapt then 'q_auto' end
        ) as transformation
    from cleared

),

followed as (

    select distinct
        advised.template_name,
        advised.channel_code,
        advised.transformation_text
    from advised
    inner join placed
        on
            advised.template_name = placed.template_name
            and advised.channel_code = placed.channel_code
            and advised.transformation = placed.transformation_text
            and advised.last_generated_at < placed.generated_at

)

select
{{ correction_columns(
    'advise_transformation',
    exception_key='advised.exception_key',
    subject_id='advised.place_id',
    target_id='advised.place_id',
    asset_id='null',
    public_id='null',
    resource_type='null',
    desired_version='null',
    desired_etag='null',
    desired_format='null',
    transformation='advised.transformation',
    reason='advised.reason',
    is_in_effect='followed.template_name is not null'
) }}
from advised
left join followed
    on
        advised.template_name = followed.template_name
        and advised.channel_code = followed.channel_code
        and advised.transformation_text = followed.transformation_text
where advised.transformation <> advised.transformation_text
