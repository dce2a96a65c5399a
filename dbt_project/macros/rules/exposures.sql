{#- What an address serves, where two models ask it. -#}

{% macro is_served_in(exposure, span) -%}
{#- Whether a span of what an address served, if it is found by its name, touches an exposure widened by the uncertainties of
    clocks and CDN. What the address does not say of the kind of asset may be any. -#}
(
    ({{ exposure }}.delivery_resource_type is null or {{ exposure }}.delivery_resource_type = {{ span }}.resource_type)
    and ({{ exposure }}.delivery_type is null or {{ exposure }}.delivery_type = {{ span }}.delivery_type)
    and {{ span }}.served_from
    <= {{ seconds_from(exposure ~ '.evaluated_to', var('clock_uncertainty_seconds')) }}
    and {{ seconds_after(span ~ '.served_to', exposure ~ '.cdn_uncertainty_seconds') }} > {{ exposure }}.composed_at
)
{%- endmacro %}
