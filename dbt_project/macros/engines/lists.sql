{#- Lists of texts. -#}

{% macro list_holds(list, value) -%}
coalesce(list_contains({{ list }}, {{ value }}), false)
{%- endmacro %}

{% macro lists_meet(left, right) -%}
coalesce(list_has_any({{ left }}, {{ right }}), false)
{%- endmacro %}

{% macro list_is_empty(list) -%}
(coalesce(len({{ list }}), 0) = 0)
{%- endmacro %}

{% macro empty_list() -%}
cast([] as varchar[])
{%- endmacro %}
