with

renderings as (

    select * from {{ ref('stg_exstream__renderings') }}

),

communications as (

    select * from {{ ref('stg_exstream__communications') }}

),

delivery_outputs as (

    select * from {{ ref('stg_exstream__delivery_outputs') }}

),

outputs as (

    -- A customer of a delivery file is matched by its pseudonym within the run and the queue.
    select
        domain_code,
        flow_instance_id_exstream,
        queue_name,
        recipient_pseudonym,
        min(file_name) as file_name,
        sum(page_count) as page_count,
        count(*) as delivered_output_count
    from delivery_outputs
    where recipient_pseudonym is not null
    group by domain_code, flow_instance_id_exstream, queue_name, recipient_pseudonym

)

select
    cast(renderings.rendering_key as varchar) as rendering_key,
    cast(renderings.communication_key as varchar) as communication_key,
    cast(renderings.communication_id_exstream as varchar) as communication_id_exstream,
    cast(renderings.rendering_id_exstream as varchar) as rendering_id_exstream,
    cast(renderings.channel_code as varchar) as channel_code,
    cast(renderings.queue_name as varchar) as queue_name,
    cast(outputs.file_name as varchar) as file_name,
    cast(outputs.page_count as bigint) as page_count,
    cast(coalesce(outputs.delivered_output_count, 0) as bigint) as delivered_output_count,
    cast(communications.generated_at as timestamptz) as generated_at,
    cast(renderings._log_index as bigint) as _log_index
from renderings
left join communications
    on renderings.communication_key = communications.communication_key
left join outputs
    on
        communications.domain_code = outputs.domain_code
        and communications.flow_instance_id_exstream = outputs.flow_instance_id_exstream
        and renderings.queue_name = outputs.queue_name
        and communications.recipient_pseudonym = outputs.recipient_pseudonym
