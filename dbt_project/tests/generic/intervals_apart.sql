{% test intervals_apart(model, of, starts, ends) %}
{#- Within each group (all rows, where `of` is empty) no interval ends before it starts or reaches into the next. -#}
with

ordered as (

    select
        {{ starts }} as started,
        {{ ends }} as ended,
        lead({{ starts }}) over (
            {{ 'partition by ' ~ (of | join(', ')) if of else '' }}
            order by {{ starts }} asc nulls last, {{ ends }} asc nulls last
        ) as next_started
    from {{ model }}

)

select *
from ordered
where ended < started or ended > next_started
{% endtest %}
