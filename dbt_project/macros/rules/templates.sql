{#- What a customer's design repository means: which resources are templates, and which tags say whose they are. -#}

{% macro template_types() -%}
{#- Resource types that letters are composed from (var `template_types`), as a list in brackets. -#}
({% for type in var('template_types') %}'{{ type | replace("'", "''") }}'{% if not loop.last %}, {% endif %}{% endfor %})
{%- endmacro %}

{% macro template_tags_struct(json_text) -%}
{#- Struct of the tags that say whose a template is (var `template_tags`). -#}
{%- set types = {} -%}
{%- for meaning in ['business_unit', 'region'] -%}
    {%- do types.update({var('template_tags')[meaning]: 'VARCHAR'}) -%}
{%- endfor -%}
{{ json_struct(json_text, types) }}
{%- endmacro %}

{% macro template_tag(struct, meaning) -%}
nullif({{ struct }}."{{ var('template_tags')[meaning] | replace('"', '""') }}", '')
{%- endmacro %}
