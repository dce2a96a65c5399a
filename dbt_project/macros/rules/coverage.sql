{% macro known_from(coverage) -%}
{#- Instant from which nothing was missed: the begin of what is claimed, less the clock uncertainty. -#}
{{ seconds_from(coverage ~ '.covered_from', '-' ~ var('clock_uncertainty_seconds')) }}
{%- endmacro %}
