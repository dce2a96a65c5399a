{% macro found_nothing_last(topic) -%}
{#- Whether the last search for a topic, of those that tell a result, found nothing. What somebody found at that very
    instant is there to be found. -#}
(
    {{ topic }}.last_empty_at is not null
    and ({{ topic }}.last_found_at is null or {{ topic }}.last_found_at < {{ topic }}.last_empty_at)
)
{%- endmacro %}
