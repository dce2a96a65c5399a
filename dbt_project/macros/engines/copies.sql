{#- The same record landed more than once. -#}

{% macro first_copies(landed, key, order=('_row_hash', '_loaded_at', '_log_index'), has_hash=true) -%}
{#- The records with one row per key, and `has_conflicts`: whether the copies of a key differ. Of several the first one by
    `order` stands, as a rule that with the least hash. Nearly all landed once: a number for each key is grouped, which
    costs a fifth of grouping the texts; the texts are compared where numbers are alike, and only copies are put in order.
    No number is kept. A part of what landed (a query in brackets) is looked for once, and kept while its copies are
    sought. Hashes of rows take longer to read than half of all columns: without them (`has_hash`) a part reads those of
    copies alone. -#}
{%- set is_part = (landed | string | trim).startswith('(') -%}
{%- set records = 'part' if is_part else landed -%}
{%- set has_hash = has_hash or not is_part -%}
(
    with
    {% if is_part %}

    part as materialized (

        select *{% if not has_hash %} exclude (_row_hash){% endif %} from {{ landed }} as sought

    ),
    {% endif %}

    suspected as (

        select hash({{ key | join(', ') }}) as key_number from {{ records }}
        group by key_number
        having count(*) > 1

    ),

    doubled as (

        select {{ key | join(', ') }} from {{ records }}
        where hash({{ key | join(', ') }}) in (select key_number from suspected)
        group by {{ key | join(', ') }}
        having count(*) > 1

    ),

    copies as (

        select
            records.*,
            min(records._row_hash) over (partition by {{ _columns_of('records', key) }})
            <> max(records._row_hash) over (partition by {{ _columns_of('records', key) }}) as has_conflicts,
            row_number() over (
                partition by {{ _columns_of('records', key) }}
                order by {% for column in order %}records.{{ column }} asc nulls last{% if not loop.last %}, {% endif %}{% endfor %}

            ) as copy_number
        from {{ records if has_hash else landed }} as records
        inner join doubled
            on {{ _same_key('records', 'doubled', key) }}

    )

    select
        records.*,
        false as has_conflicts
    from {{ records }} as records
    left join doubled
        on {{ _same_key('records', 'doubled', key) }}
    where doubled.{{ key[0] }} is null

    union all

    select * exclude (copy_number{% if not has_hash %}, _row_hash{% endif %}) from copies
    where copy_number = 1
)
{%- endmacro %}

{% macro _columns_of(relation, key) -%}
{% for column in key %}{{ relation }}.{{ column }}{% if not loop.last %}, {% endif %}{% endfor %}
{%- endmacro %}

{% macro _same_key(left, right, key) -%}
{% for column in key %}{{ left }}.{{ column }} = {{ right }}.{{ column }}{% if not loop.last %} and {% endif %}{% endfor %}
{%- endmacro %}
