{#- What a change in our name is: by whose account, and under which mark. -#}

{% macro own_accounts(system) -%}
{#- The accounts by which corrections are written to a system (var `own_accounts`), as a list in brackets. -#}
({% for account in var('own_accounts')[system] or [] %}'{{ account | replace("'", "''") }}', {% endfor %}null)
{%- endmacro %}

{% macro has_own_mark(text) -%}
{#- Whether a correlation id is one of ours: `assettrail-`, and the hash of the difference that was approved. -#}
coalesce({{ text }} like 'assettrail-%', false)
{%- endmacro %}

{% macro own_mark_of_comment(text) -%}
{#- The mark that an audited comment begins with, up to its colon; NULL: none. -#}
case when {{ has_own_mark(text) }} then split_part({{ text }}, ':', 1) end
{%- endmacro %}

{% macro own_mark_of_context(change_json) -%}
{#- The mark that a change of an asset's context puts on it; NULL: none. -#}
{%- set parts = {'added': 'JSON', 'updated': 'JSON'} -%}
{%- set named = {'assettrail_correction': 'VARCHAR'} -%}
coalesce(
    {{ json_struct('(' ~ json_struct(change_json, parts) ~ ').added', named) }}.assettrail_correction,
    {{ json_struct('(' ~ json_struct(change_json, parts) ~ ').updated', named) }}.assettrail_correction
)
{%- endmacro %}

{% macro own_change_leeway() -%}
{#- Seconds by which an instant of ours and one of a vendor's may be out of order; vendors tell full seconds. -#}
{{ [var('clock_uncertainty_seconds') | int, 1] | max }}
{%- endmacro %}
