{% macro generate_schema_name(custom_schema_name, node) -%}
{#- A layer's schema is its own name: staging, intermediate, marts, controls, reports. -#}
{{ custom_schema_name | trim if custom_schema_name else target.schema }}
{%- endmacro %}
