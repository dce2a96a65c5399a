{% macro newest_first(vendor_order) -%}
{#- Order that puts the newest state of a record first: by the vendor's own values, then by system time. -#}
{% for column in vendor_order %}{{ column }} desc nulls last, {% endfor %}_log_index desc nulls last, _row_hash asc nulls last
{%- endmacro %}
