-- Whose an address in an output is: docs/decisions/0061-addresses-of-html-outputs.md
with

links as (

    select * from {{ ref('stg_exstream__output_links') }}

),

delivery_outputs as (

    select * from {{ ref('stg_exstream__delivery_outputs_linked') }}

),

communications as (

    select * from {{ ref('stg_exstream__communications_referring') }}

),

renderings as (

    select * from {{ ref('stg_exstream__renderings_referring') }}

),

flow_instances as (

    select * from {{ ref('stg_exstream__flow_instances') }}

),

own_outputs as (

    -- What one customer was sent is its customer's; the delivery file says whose, by our ids or by a recipient.
    select
        links.output_link_key,
        delivery_outputs.domain_code,
        delivery_outputs.flow_instance_id_exstream,
        delivery_outputs.queue_name,
        delivery_outputs.communication_id_exstream,
        delivery_outputs.rendering_id_exstream,
        delivery_outputs.recipient_pseudonym
    from links
    inner join delivery_outputs
        on
            links.flow_instance_id_exstream = delivery_outputs.flow_instance_id_exstream
            and links.docgen_uuid = delivery_outputs.docgen_uuid
            and links.queue_name = delivery_outputs.queue_name
            and links.file_name = delivery_outputs.file_name
            and links.customer_number = delivery_outputs.customer_number
    where links.customer_count = 1

),

matched_renderings as (

    select
        own_outputs.output_link_key,
        renderings.rendering_key,
        renderings.communication_key
    from own_outputs
    inner join renderings
        on
            own_outputs.domain_code = renderings.domain_code
            and own_outputs.communication_id_exstream = renderings.communication_id_exstream
            and own_outputs.rendering_id_exstream = renderings.rendering_id_exstream

    union all

    select
        own_outputs.output_link_key,
        renderings.rendering_key,
        renderings.communication_key
    from own_outputs
    inner join communications
        on
            own_outputs.domain_code = communications.domain_code
            and own_outputs.flow_instance_id_exstream = communications.flow_instance_id_exstream
            and own_outputs.recipient_pseudonym = communications.recipient_pseudonym
    inner join renderings
        on
            communications.communication_key = renderings.communication_key
            and own_outputs.queue_name = renderings.queue_name
    where own_outputs.communication_id_exstream is null

),

owners as (

    -- A customer with two letters in one queue: nothing says which of them it is.
    select
        output_link_key,
        min(rendering_key) as rendering_key,
        min(communication_key) as communication_key
    from matched_renderings
    group by output_link_key
    having count(distinct rendering_key) = 1

),

runs as (

    select
        domain_code,
        flow_instance_id_exstream,
        min(generated_at) as generated_at,
        min(_loaded_at) as _loaded_at
    from communications
    group by domain_code, flow_instance_id_exstream

),

queues as (

    select
        communications.domain_code,
        communications.flow_instance_id_exstream,
        renderings.queue_name,
        case when min(renderings.channel_code) = max(renderings.channel_code) then min(renderings.channel_code) end
            as channel_code
    from communications
    inner join renderings
        on communications.communication_key = renderings.communication_key
    group by communications.domain_code, communications.flow_instance_id_exstream, renderings.queue_name

)

select
    links.output_link_key,
    owners.communication_key,
    owners.rendering_key,
    links.domain_code,
    links.flow_instance_id_exstream,
    links.docgen_uuid,
    links.queue_name,
    links.file_name,
    links.output_hash,
    links.way_code,
    -- Only what is known to be one communication's is evidence of one.
    case
        when links.way_code = 'unlinked' then cast(null as {{ text_type() }})
        when owners.rendering_key is not null then 'exact'
        else 'run_set'
    end as evidence_strength,
    links.unlinked_reason,
    links.delivery_url,
    links.transformation,
    links.delivery_public_id,
    -- What an address serves is ours only if it names our cloud, and was read without doubt.
    case
        when links.way_code = 'html_output' and {{ is_our_cloud('links.delivery_cloud_name') }}
            then links.delivery_public_id
    end as served_public_id,
    links.delivery_resource_type,
    links.delivery_type,
    links.delivery_format_code,
    coalesce(renderings.channel_code, queues.channel_code) as channel_code,
    communications.segment_code,
    communications.jurisdiction_code,
    communications.offers_list,
    links.ordinal,
    links.customer_count,
    links.is_shown,
    coalesce(communications.has_conflicts, false) or coalesce(renderings.has_conflicts, false) as has_conflicts,
    {{ has_layer('links.transformation') }} as has_layer,
    -- Without a communication of its own it was composed when its run was.
    coalesce(communications.generated_at, flow_instances.started_at, runs.generated_at) as composed_at,
    greatest(links._loaded_at, coalesce(communications._loaded_at, runs._loaded_at, links._loaded_at)) as _loaded_at,
    links._log_index
from links
left join owners
    on links.output_link_key = owners.output_link_key
left join communications
    on owners.communication_key = communications.communication_key
left join renderings
    on owners.rendering_key = renderings.rendering_key
left join runs
    on
        links.domain_code = runs.domain_code
        and links.flow_instance_id_exstream = runs.flow_instance_id_exstream
left join queues
    on
        links.domain_code = queues.domain_code
        and links.flow_instance_id_exstream = queues.flow_instance_id_exstream
        and links.queue_name = queues.queue_name
left join flow_instances
    on
        links.domain_code = flow_instances.domain_code
        and links.flow_instance_id_exstream = flow_instances.flow_instance_id_exstream
