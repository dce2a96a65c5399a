{#- What an increment reads that the kept build has not. -#}

{% macro changed_batches() -%}
{#- The batches that the kept build has not read, or read with another outcome: new, or decided since. What was accepted
    stays so, or everything is made anew. In a full build all. -#}
(
    select batches.*
    from {{ ref('stg_log__batches') }} as batches
    left join {{ ref('stg_log__built_batches') }} as built_batches
        on batches._log_index = built_batches._log_index
    where built_batches._log_index is null or built_batches.outcome <> batches.outcome
)
{%- endmacro %}
