{% macro control_columns(subject_type, subject_key, subject_id, asset_key, communication_key, occurred_at, reason) -%}
{#- The columns that every control has, in the order in which they are united; needs a relation `evaluations`. -#}
cast('{{ subject_type }}' as {{ text_type() }}) as subject_type,
cast({{ subject_key }} as {{ text_type() }}) as subject_key,
cast({{ subject_id }} as {{ text_type() }}) as subject_id,
cast({{ asset_key }} as {{ text_type() }}) as asset_key,
cast({{ communication_key }} as {{ text_type() }}) as communication_key,
cast({{ occurred_at }} as {{ instant_type() }}) as occurred_at,
cast(evaluations.evaluated_at as {{ instant_type() }}) as evaluated_at,
cast({{ reason }} as {{ text_type() }}) as reason
{%- endmacro %}
