-- Replacing a large part of a table costs more than making it anew.
with

affected as (

    select count(*) as affected_count from {{ ref('int_partitions__affected') }}

),

communications as (

    select cast(coalesce(sum(row_count), 0) as bigint) as communication_count
    from {{ ref('stg_log__batches') }}
    where system_code = 'exstream' and stream_name = 'communications' and outcome = 'accepted'

)

select
    {% if is_increment() %}'increment'{% else %}'full build'{% endif %} as build_type,
    affected.affected_count,
    communications.communication_count,
    {% if is_increment() %}
    communications.communication_count >= {{ var('weighed_from_communications') }}
    and affected.affected_count > {{ var('most_replaced_share') }} * communications.communication_count
    {% else %}
    true
    {% endif %} as is_all_made_anew
from affected
cross join communications
