{%- set dimensions = [
    ('segment', 'segments_list'), ('jurisdiction', 'jurisdictions_list'), ('offer', 'offers_list')
] -%}

with

approvals as (

    select * from {{ ref('fct_approvals') }}

),

{% for dimension, list in dimensions %}
{{ dimension }}_values as (

    select * from {{ exploded('approvals', list, 'value_code') }}

),

{% endfor %}
unioned as (

    {% for dimension, list in dimensions %}
    -- A value that was told twice is one.
    select distinct
        approval_key,
        '{{ dimension }}' as dimension_code,
        value_code,
        true as is_limited
    from {{ dimension }}_values

    union all

    select
        approval_key,
        '{{ dimension }}' as dimension_code,
        cast(null as {{ text_type() }}) as value_code,
        false as is_limited
    from approvals
    where {{ list_is_empty(list) }}
    {% if not loop.last %}

    union all

    {% endif %}
    {% endfor %}

)

select
    {{ surrogate_key(['unioned.approval_key', 'unioned.dimension_code', 'unioned.value_code']) }} as eligibility_key,
    cast(unioned.approval_key as {{ text_type() }}) as approval_key,
    cast(approvals.asset_key as {{ text_type() }}) as asset_key,
    cast(approvals.asset_version_key as {{ text_type() }}) as asset_version_key,
    cast(approvals.asset_id_cloudinary as {{ text_type() }}) as asset_id_cloudinary,
    cast(approvals.etag as {{ text_type() }}) as etag,
    cast(unioned.dimension_code as {{ text_type() }}) as dimension_code,
    cast(unioned.value_code as {{ text_type() }}) as value_code,
    cast(unioned.is_limited as boolean) as is_limited,
    cast(approvals.valid_from as {{ instant_type() }}) as valid_from,
    cast(approvals.valid_to as {{ instant_type() }}) as valid_to,
    cast(approvals.in_force_from as {{ instant_type() }}) as in_force_from,
    cast(approvals.in_force_to as {{ instant_type() }}) as in_force_to,
    cast(approvals._log_index as bigint) as _log_index
from unioned
inner join approvals
    on unioned.approval_key = approvals.approval_key
