{#- The order in which the reasons of a verdict are asked, where two models ask it: the one for a use whose version nobody
    can mistake (`int_asset_uses__matched`), the other for what has to be chosen among candidates. -#}

{% macro reason_by_approval(stood, has_successor) -%}
{#- Why known bytes may be used or not, by how their approval stood (`standing`), whom it allows, and whether a newer
    version had taken their place. `stood` is an alias, `has_successor` a condition. -#}
case
    when {{ stood }}.standing is null then 'never_approved'
    when {{ stood }}.standing <> 'in_force' then {{ stood }}.standing
    when not {{ stood }}.is_segment_allowed then 'segment_not_allowed'
    when not {{ stood }}.is_jurisdiction_allowed then 'jurisdiction_not_allowed'
    when not {{ stood }}.is_offer_allowed then 'offer_not_allowed'
    when {{ has_successor }} then 'newer_version_in_force'
    else 'approved_in_force'
end
{%- endmacro %}

{% macro reason_of_reference(reason, is_proven, has_layer, is_late) -%}
{#- What is proven of the bytes is not proven of a use that shows more than they do, or of one that was recorded late. -#}
case
    when {{ is_proven }} and {{ has_layer }} then 'layer_not_judged'
    when {{ is_proven }} and {{ is_late }} then 'recorded_late'
    else {{ reason }}
end
{%- endmacro %}

{% macro is_recorded_late(recorded_at, judged_at) -%}
{#- Whether a needed record entered the log more than `late_after_hours` after the judged instant. -#}
{{ recorded_at }} > {{ seconds_from(judged_at, (var('late_after_hours') | int) * 3600) }}
{%- endmacro %}

{% macro evidence_grade(verdict, approval_grade, version_grade) -%}
{#- How well a verdict is known: as its approval is, where it rests on one, else as its version is. What is missing is
    graded by nothing that was found. -#}
case
    when {{ verdict }} = 'NO_EVIDENCE' then 'unknown'
    when {{ approval_grade }} is not null then {{ approval_grade }}
    else coalesce({{ version_grade }}, 'unknown')
end
{%- endmacro %}
