{% macro is_our_cloud(cloud) -%}
{#- Whether a URL's cloud may be ours: it is (var `cloud_name`), the URL does not say, or nothing was set to compare. -#}
{%- if var('cloud_name') -%}
({{ cloud }} is null or {{ cloud }} = '{{ var("cloud_name") | replace("'", "''") }}')
{%- else -%}
true
{%- endif -%}
{%- endmacro %}
