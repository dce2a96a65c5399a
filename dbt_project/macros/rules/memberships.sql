{#- Who is a member of a community. Only the last state of a membership is told, and no day on which it began. -#}

{% macro is_member(membership) -%}
{#- Whether it is one by the last state that was told. -#}
(coalesce(lower({{ membership }}.status_code), '') <> 'inactive' and {{ membership }}.deleted_at is null)
{%- endmacro %}

{% macro membership_has_ended(membership, at) -%}
{#- Whether it ended for sure: it was inactive, or gone, at that instant or before. -#}
(coalesce(lower({{ membership }}.status_code) = 'inactive' and {{ membership }}.updated_at <= {{ at }}, false)
or coalesce({{ membership }}.deleted_at <= {{ at }}, false))
{%- endmacro %}
