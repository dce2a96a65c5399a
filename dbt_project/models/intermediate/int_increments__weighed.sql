-- Replacing a large part of a table costs more than making it anew.
with

affected as (

    select count(*) as affected_count from {{ ref('int_partitions__affected') }}

),

communications as (

    select count(*) as communication_count from {{ source('exstream', 'communications') }}

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
