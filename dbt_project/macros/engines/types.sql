{#- Names of types that the engines spell differently; bigint, boolean and date are the same everywhere. -#}

{% macro text_type() -%}
varchar
{%- endmacro %}

{% macro text_list_type() -%}
varchar[]
{%- endmacro %}

{% macro instant_type() -%}
{#- An instant in UTC, never a local time. -#}
timestamptz
{%- endmacro %}

{% macro whole_number(text) -%}
{#- Number of a text of digits; NULL for any other text. -#}
try_cast(regexp_extract({{ text }}, '^[0-9]{1,18}$') as bigint)
{%- endmacro %}
