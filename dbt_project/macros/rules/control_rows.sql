{% macro control_rows(
    findings, subject_type, subject_key, subject_id, asset_key, occurred_at, reason, condition, communication_key='null'
) -%}
{#- A control over one mart: the rows of `findings` for which `condition` holds, with the columns that every control
    has, in the order in which they are united, and the instant up to which its streams were claimed. Every other
    argument is an expression over the mart's columns. -#}
with

found as (

    select
        cast({{ subject_key }} as {{ text_type() }}) as subject_key,
        cast({{ subject_id }} as {{ text_type() }}) as subject_id,
        cast({{ asset_key }} as {{ text_type() }}) as asset_key,
        cast({{ communication_key }} as {{ text_type() }}) as communication_key,
        cast({{ occurred_at }} as {{ instant_type() }}) as occurred_at,
        cast({{ reason }} as {{ text_type() }}) as reason
    from {{ findings }}
    where {{ condition }}

),

evaluations as (

    select * from {{ ref('int_evaluations__dated') }}

)

select
    cast('{{ subject_type }}' as {{ text_type() }}) as subject_type,
    found.subject_key,
    found.subject_id,
    found.asset_key,
    found.communication_key,
    found.occurred_at,
    cast(evaluations.evaluated_at as {{ instant_type() }}) as evaluated_at,
    found.reason
from found
left join evaluations
    on evaluations.subject_type = '{{ subject_type }}'
{%- endmacro %}
