{#- Open ends of intervals. Intervals are closed with sentinels, never NULL: `at >= a and at < b` can then be
    joined. -#}

{% macro open_end() -%}
{{ instant_literal('9999-12-31 00:00:00+00') }}
{%- endmacro %}

{% macro open_start() -%}
{{ instant_literal('1970-01-01 00:00:00+00') }}
{%- endmacro %}
