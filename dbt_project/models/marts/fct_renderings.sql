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

named_outputs as (

    select
        {{ surrogate_key(['domain_code', 'communication_id_exstream', 'rendering_id_exstream']) }} as rendering_key,
        file_name,
        page_count
    from delivery_outputs
    where communication_id_exstream is not null and rendering_id_exstream is not null

),

recipient_outputs as (

    -- Where the delivery file names no rendering, its customer is matched by the pseudonym within run and queue.
    select
        renderings.rendering_key,
        delivery_outputs.file_name,
        delivery_outputs.page_count
    from renderings
    inner join communications
        on renderings.communication_key = communications.communication_key
    inner join delivery_outputs
        on
            communications.domain_code = delivery_outputs.domain_code
            and communications.flow_instance_id_exstream = delivery_outputs.flow_instance_id_exstream
            and renderings.queue_name = delivery_outputs.queue_name
            and communications.recipient_pseudonym = delivery_outputs.recipient_pseudonym
    where delivery_outputs.communication_id_exstream is null

),

matched_outputs as (

    select * from named_outputs
    union all
    select * from recipient_outputs

),

outputs as (

    select
        rendering_key,
        min(file_name) as file_name,
        sum(page_count) as page_count,
        count(*) as delivered_output_count
    from matched_outputs
    group by rendering_key

)

select
    cast(renderings.rendering_key as {{ text_type() }}) as rendering_key,
    cast(renderings.communication_key as {{ text_type() }}) as communication_key,
    cast(renderings.communication_id_exstream as {{ text_type() }}) as communication_id_exstream,
    cast(renderings.rendering_id_exstream as {{ text_type() }}) as rendering_id_exstream,
    cast(renderings.channel_code as {{ text_type() }}) as channel_code,
    cast(renderings.queue_name as {{ text_type() }}) as queue_name,
    cast(outputs.file_name as {{ text_type() }}) as file_name,
    cast(outputs.page_count as bigint) as page_count,
    cast(coalesce(outputs.delivered_output_count, 0) as bigint) as delivered_output_count,
    cast(communications.generated_at as {{ instant_type() }}) as generated_at,
    cast(renderings._log_index as bigint) as _log_index
from renderings
left join communications
    on renderings.communication_key = communications.communication_key
left join outputs
    on renderings.rendering_key = outputs.rendering_key
