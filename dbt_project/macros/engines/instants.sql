{#- Instants: how this engine reads a vendor's time and moves along the time line. -#}

{% macro instant(text) -%}
{#- TIMESTAMPTZ of a vendor's time text: epoch milliseconds (12 to 14 digits: shorter ones may be seconds or a compact date), ISO 8601 with Z or an offset, or a plain date (its
    midnight in UTC). A time without a zone is not guessed: it is NULL, like every other text. The length is asked first, as it
    costs a tenth of an expression. -#}
case
    when length({{ text }}) between 12 and 14 and regexp_full_match({{ text }}, '[0-9]{12,14}')
        then make_timestamptz(try_cast({{ text }} as bigint) * 1000)
    when length({{ text }}) = 10 and regexp_full_match({{ text }}, '[0-9]{4}-[0-9]{2}-[0-9]{2}')
        then try_cast({{ text }} || 'T00:00:00Z' as timestamptz)
    when regexp_full_match({{ text }}, '[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+ ?(Z|z|[+-][0-9]{2}(:?[0-9]{2})?)')
        then try_cast({{ text }} as timestamptz)
end
{%- endmacro %}

{% macro due_instant(text) -%}
{#- TIMESTAMPTZ until which what is due by a vendor's time text may be done: its instant, of a plain date its last second
    in UTC. -#}
case
    when length({{ text }}) = 10 and regexp_full_match({{ text }}, '[0-9]{4}-[0-9]{2}-[0-9]{2}')
        then try_cast({{ text }} || 'T23:59:59Z' as timestamptz)
    else {{ instant(text) }}
end
{%- endmacro %}

{% macro instant_from_epoch_seconds(seconds) -%}
make_timestamptz({{ seconds }} * 1000000)
{%- endmacro %}

{% macro instant_literal(text) -%}
{#- An instant that the project itself writes, with its offset. -#}
timestamptz '{{ text }}'
{%- endmacro %}

{% macro seconds_from(instant, seconds) -%}
{#- The instant so many whole seconds later (earlier, when negative); `seconds` is a number of the project. -#}
({{ instant }} + ({{ seconds | int }}) * interval '1' second)
{%- endmacro %}

{% macro seconds_after(instant, seconds) -%}
{#- The instant so many seconds later; `seconds` is an expression over whole numbers. -#}
({{ instant }} + ({{ seconds }}) * interval '1' second)
{%- endmacro %}

{% macro days_from(instant, days) -%}
({{ instant }} + {{ days }} * interval '1' day)
{%- endmacro %}

{% macro day_after(day) -%}
{#- The instant (UTC) at which the day after a day begins: then the day is over. -#}
(cast({{ day }} as {{ instant_type() }}) + interval '1' day)
{%- endmacro %}

{% macro minute_start(instant) -%}
date_trunc('minute', {{ instant }})
{%- endmacro %}

{% macro week_start(instant) -%}
cast(date_trunc('week', {{ instant }}) as date)
{%- endmacro %}

{% macro month_start(instant) -%}
cast(date_trunc('month', {{ instant }}) as date)
{%- endmacro %}

{% macro epoch_seconds(instant) -%}
cast(floor(epoch({{ instant }})) as bigint)
{%- endmacro %}

{% macro whole_hours_between(earlier, later) -%}
{#- Full hours from one instant to another, negative where it is before. -#}
cast(floor(epoch({{ later }} - {{ earlier }}) / 3600) as bigint)
{%- endmacro %}
