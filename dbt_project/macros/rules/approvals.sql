{#- The rules of approval, stated once: what is in force, what is eligible. `approval` and `reference` are aliases. -#}

{% macro is_declared_valid(approval, from_at, to_at) -%}
{#- Whether what is declared holds from one instant to another: both the judged one where its clock is a sound one. -#}
({{ approval }}.valid_from <= {{ from_at }} and {{ to_at }} < {{ approval }}.valid_to)
{%- endmacro %}

{% macro is_surely_in_force(approval, reference) -%}
{#- Measured instants keep clear of the judged one by the clock uncertainty; declared ones are compared exactly, but for what
    the clock of the judged one may be off. -#}
(
    {{ approval }}.is_certain
    and {{ approval }}.granted_at <= {{ reference }}.judged_from
    and {{ approval }}.ended_at > {{ reference }}.judged_to
    and {{ is_declared_valid(approval, earliest_judged(reference), latest_judged(reference)) }}
)
{%- endmacro %}

{% macro is_possibly_in_force(approval, reference) -%}
(
    {{ approval }}.granted_at <= {{ reference }}.judged_to
    and {{ approval }}.ended_at > {{ reference }}.judged_from
    and {{ is_declared_valid(approval, latest_judged(reference), earliest_judged(reference)) }}
)
{%- endmacro %}

{% macro is_expired(approval, reference) -%}
{#- Granted and not ended by anybody at the judged instant, but past its declared end. -#}
(
    {{ approval }}.valid_to <= {{ reference }}.judged_at
    and {{ approval }}.granted_at <= {{ reference }}.judged_at
    and {{ approval }}.ended_at > {{ reference }}.judged_at
)
{%- endmacro %}

{% macro is_segment_allowed(approval, reference) -%}
(
    not {{ reference }}.has_segment_rule
    or {{ list_is_empty(approval ~ '.segments_list') }}
    or {{ list_holds(approval ~ '.segments_list', reference ~ '.segment_code') }}
)
{%- endmacro %}

{% macro is_jurisdiction_allowed(approval, reference) -%}
(
    {{ list_is_empty(approval ~ '.jurisdictions_list') }}
    or {{ list_holds(approval ~ '.jurisdictions_list', reference ~ '.jurisdiction_code') }}
)
{%- endmacro %}

{% macro is_offer_allowed(approval, reference) -%}
(
    not {{ reference }}.has_offer_rule
    or {{ list_is_empty(approval ~ '.offers_list') }}
    or {{ lists_meet(approval ~ '.offers_list', reference ~ '.offers_list') }}
)
{%- endmacro %}

{% macro is_eligible(approval, reference) -%}
(
    {{ is_segment_allowed(approval, reference) }}
    and {{ is_jurisdiction_allowed(approval, reference) }}
    and {{ is_offer_allowed(approval, reference) }}
)
{%- endmacro %}

{% macro standing_of(approval, reference) -%}
{#- How an approval stands to a reference with `known_from`, the instant from which its history is whole. Of an approval from
    before a gap it is not known whether it still stood behind it, unless its end was seen. -#}
case
    when
        {{ approval }}.granted_at < {{ reference }}.known_from
        and ({{ approval }}.ended_at < {{ reference }}.known_from or {{ approval }}.ended_at > {{ reference }}.judged_at)
        then 'history_not_covered'
    when {{ is_surely_in_force(approval, reference) }} then 'in_force'
    when {{ is_possibly_in_force(approval, reference) }}
        then case when {{ approval }}.is_certain then 'within_clock_uncertainty' else 'approval_uncertain' end
    when {{ is_expired(approval, reference) }} then 'validity_ended'
    when {{ approval }}.granted_at > {{ reference }}.judged_at then 'approved_later'
    when {{ approval }}.ended_at <= {{ reference }}.judged_at then 'approval_ended'
    when {{ approval }}.approval_key is not null then 'not_yet_valid'
end
{%- endmacro %}
