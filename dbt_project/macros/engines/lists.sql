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

{% macro list_length(list) -%}
{#- Number of members; NULL where there is no list. -#}
len({{ list }})
{%- endmacro %}

{% macro exploded(relation, list, item) -%}
{#- Relation with a row per member of a list: the member as `item`, and its place from 1 on as `ordinal`. -#}
(select *, generate_subscripts({{ list }}, 1) as ordinal, unnest({{ list }}) as {{ item }} from {{ relation }})
{%- endmacro %}

{% macro joined_texts(text, separator) -%}
{#- The texts of a group in one, in ascending order. -#}
string_agg({{ text }}, {{ separator }} order by {{ text }} asc nulls last)
{%- endmacro %}

{% macro line_break() -%}
chr(10)
{%- endmacro %}
