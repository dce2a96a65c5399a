{#- What a partner wrote where a column `*_at_raw` does not hold it as it came: parsed once, in staging only. -#}

{% macro written_struct(columns) -%}
{#- Struct of `written_times`, one field for each of the stream's `*_at_raw`; NULL where all stand as they were written. -#}
{%- set entries = [] -%}
{%- for column in columns -%}
{%- do entries.append(tojson(column) ~ ':{"text":"VARCHAR","zone":"VARCHAR"}') -%}
{%- endfor -%}
from_json(written_times, '{{ '{' ~ entries | join(',') ~ '}' }}')
{%- endmacro %}

{% macro written_columns(struct, column, name) -%}
{{ struct }}."{{ column }}"."text" as {{ name }}_written,
{{ struct }}."{{ column }}"."zone" as {{ name }}_zone
{%- endmacro %}
