-- How far nothing is missing moves with every claim, and by that alone nothing is told of an asset anew:
-- docs/decisions/0050-an-end-that-moves-with-the-claims-is-a-mark.md
with

coverage as (

    select * from {{ notification_stretches(ref('int_claims__covered')) }} as stretches

),

stretches as (

    select
        *,
        {{ surrogate_key(['covered_from', 'case when not is_last then covered_to end']) }} as stretch_text
    from coverage

),

reached as (

    select
        'notifications' as stream_name,
        min(case when is_last then covered_from end) as covered_from,
        max(covered_to) as covered_to,
        sum({{ summable_hash('stretch_text') }}) as stretches_hash
    from stretches

)

{% if is_increment() %},

built as (

    select * from {{ this }}

)

select
    reached.*,
    case
        when
            reached.stretches_hash = built.stretches_hash
            and reached.covered_to >= built.covered_to
            then built.covered_to
        else {{ open_start() }}
    end as told_anew_from
from reached
cross join built

{% else %}

select
    *,
    {{ open_start() }} as told_anew_from
from reached

{% endif %}
