{#- Open ends of intervals. Intervals are closed with sentinels, never NULL: `at >= a and at < b` can then be
    joined. -#}

{% macro open_end() -%}
timestamptz '9999-12-31 00:00:00+00'
{%- endmacro %}

{% macro open_start() -%}
timestamptz '1970-01-01 00:00:00+00'
{%- endmacro %}
