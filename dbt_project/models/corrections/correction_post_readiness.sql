with

exceptions as (

    select * from {{ ref('fct_exceptions') }}
    where control_name = 'ctl_missing_launch_assets'

),

requirements as (

    select * from {{ ref('fct_launch_requirements') }}

),

launches as (

    -- Of a launch that is over the list helps nobody.
    select * from {{ ref('dim_launches') }}
    where status_code = 'planned' and launch_at > evaluated_at

),

messages as (

    select * from {{ ref('fct_launch_messages') }}
    where author_role = 'team'

),

missing as (

    select
        launches.launch_key,
        exceptions.exception_key,
        concat(
            '- ',
            lpad(cast(requirements.ordinal as {{ text_type() }}), 2, '0'),
            ' ',
            coalesce(requirements.public_id, requirements.request_text, 'an asset that nobody named'),
            coalesce(' for market ' || nullif(requirements.market_code, 'any'), ''),
            coalesce(' in language ' || nullif(requirements.language_code, 'any'), ''),
            coalesce(' as ' || requirements.format_code, ''),
            ': ',
            case requirements.readiness_reason
                when 'asset_not_named' then 'nobody has said which asset it is'
                when 'approval_pending' then 'shown, but its approval is pending'
                when 'another_variant_published' then 'only another variant is shown'
                else 'not published yet'
            end
        ) as line_text
    from exceptions
    inner join requirements
        on exceptions.subject_key = requirements.launch_requirement_key
    inner join launches
        on requirements.launch_key = launches.launch_key

),

lists as (

    select
        launches.launch_key,
        launches.launch_id_trading_grid,
        min(missing.exception_key) as exception_key,
        count(*) as missing_count,
        concat(
            'Hello,',
            {{ line_break() }},
            {{ line_break() }},
            'this is still missing for the launch ',
            min(launches.launch_name),
            ':',
            {{ line_break() }},
            {{ line_break() }},
            {{ joined_texts('missing.line_text', line_break()) }},
            {{ line_break() }},
            {{ line_break() }},
            'Please tell us in this discussion when something is settled.',
            {{ line_break() }},
            'Your asset team'
        ) as message_text
    from missing
    inner join launches
        on missing.launch_key = launches.launch_key
    group by launches.launch_key, launches.launch_id_trading_grid

)

select
{{ correction_columns(
    'post_readiness',
    exception_key='lists.exception_key',
    subject_id='lists.launch_id_trading_grid',
    target_id='lists.launch_id_trading_grid',
    asset_id='null',
    public_id='null',
    resource_type='null',
    desired_version='null',
    desired_etag='null',
    desired_format='null',
    message='lists.message_text',
    reason="concat(cast(lists.missing_count as " ~ text_type() ~ "), '_requirements_missing')"
) }}
from lists
left join messages
    on
        lists.launch_key = messages.launch_key
        and lists.message_text = messages.body
where messages.launch_message_key is null
