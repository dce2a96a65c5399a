{#- Keys and hashes. -#}

{% macro surrogate_key(columns) -%}
{#- Lower-case hex SHA-256 over the columns' texts, joined by a separator that no vendor id holds; NULL has a mark. -#}
sha256(concat_ws(
    chr(31){% for column in columns %}, coalesce(cast({{ column }} as {{ text_type() }}), chr(0)){% endfor %}

))
{%- endmacro %}
