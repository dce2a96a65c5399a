{#- Which rule of a seed counts for a channel at an instant: the channel's own one before the one for every channel (`*`). -#}

{% macro channel_rules(rules, values) -%}
{#- The rules of a seed (`channel_code`, `valid_from`, `valid_to` and the columns `values`) as periods in which nothing
    changes, for each channel that it names and for `*`: a channel finds at most one by its code and an instant. The last
    period, behind all rules, has no end and is found by nobody. -#}
(
    with

    named_channels as (

        select distinct channel_code from {{ rules }}

    ),

    offered as (

        select
            named_channels.channel_code,
            {% for value in values %}
            rules.{{ value }},
            {% endfor %}
            rules.valid_from,
            rules.valid_to,
            rules.channel_code = named_channels.channel_code as is_own
        from named_channels
        cross join {{ rules }} as rules
        where rules.channel_code in (named_channels.channel_code, '*')

    ),

    changes as (

        select channel_code, valid_from as changed_at from offered
        union
        select channel_code, valid_to as changed_at from offered

    ),

    periods as (

        select
            channel_code,
            changed_at as valid_from,
            lead(changed_at) over (partition by channel_code order by changed_at asc nulls last) as valid_to
        from changes

    )

    select
        periods.channel_code,
        {% for value in values %}
        coalesce(own_rules.{{ value }}, common_rules.{{ value }}) as {{ value }},
        {% endfor %}
        periods.valid_from,
        periods.valid_to
    from periods
    left join offered as own_rules
        on
            periods.channel_code = own_rules.channel_code
            and own_rules.is_own
            and periods.valid_from >= own_rules.valid_from
            and periods.valid_from < own_rules.valid_to
    left join offered as common_rules
        on
            periods.channel_code = common_rules.channel_code
            and not common_rules.is_own
            and periods.valid_from >= common_rules.valid_from
            and periods.valid_from < common_rules.valid_to
)
{%- endmacro %}

{% macro ruled_channel(channel, rules) -%}
{#- The code under which a channel finds its rules in `channel_rules`: its own, or `*` where the seed does not name it. -#}
case when {{ channel }} in (select channel_code from {{ rules }}) then {{ channel }} else '*' end
{%- endmacro %}
