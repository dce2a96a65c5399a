{% macro without_parameter(transformation, name) -%}
{#- The transformation without a parameter, wherever it stands, and without what that leaves empty. -#}
{%- set dropped = replaced_everywhere(transformation, '(^|[,/])' ~ name ~ '_[^,/]*', '\\1') -%}
{%- set closed = replaced_everywhere(dropped, ',+(,|/|$)', '\\1') -%}
{%- set begun = replaced_everywhere(closed, '(^|/),+', '\\1') -%}
trim({{ replaced_everywhere(begun, '/+', '/') }}, '/')
{%- endmacro %}
