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

settled as (

    select * from {{ ref('int_addresses__settled') }}

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

),

composed as (

    select
        links.*,
        owners.communication_key,
        owners.rendering_key,
        renderings.communication_id_exstream,
        renderings.rendering_id_exstream,
        coalesce(renderings.channel_code, queues.channel_code) as channel_code,
        communications.segment_code,
        communications.jurisdiction_code,
        communications.offers_list,
        coalesce(communications.has_conflicts, false) or coalesce(renderings.has_conflicts, false) as has_conflicts,
        -- Without a communication of its own it was composed when its run was.
        coalesce(communications.generated_at, flow_instances.started_at, runs.generated_at) as composed_at,
        greatest(links._loaded_at, coalesce(communications._loaded_at, runs._loaded_at, links._loaded_at))
            as known_at
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

),

meant as (

    -- An address of several readings means the one that alone names an asset at that instant, or nothing for certain.
    select
        composed.*,
        settled.public_id is not null as is_settled,
        coalesce(settled.public_id, composed.delivery_public_id) as meant_public_id,
        case when settled.public_id is null then composed.transformation else settled.transformation end
            as meant_transformation,
        case when settled.public_id is null then composed.delivery_format_code else settled.format_code end
            as meant_format_code,
        case when settled.public_id is null then composed.way_code else 'html_output' end as meant_way_code
    from composed
    left join settled
        on
            composed.delivery_readings = settled.delivery_readings
            and composed.composed_at >= settled.settled_from
            and composed.composed_at < settled.settled_to

)

select
    output_link_key,
    communication_key,
    rendering_key,
    communication_id_exstream,
    rendering_id_exstream,
    domain_code,
    flow_instance_id_exstream,
    docgen_uuid,
    queue_name,
    file_name,
    output_hash,
    meant_way_code as way_code,
    -- Only what is known to be one communication's is evidence of one.
    case
        when meant_way_code = 'unlinked' then cast(null as {{ text_type() }})
        when rendering_key is not null then 'exact'
        else 'run_set'
    end as evidence_strength,
    case when not is_settled then unlinked_reason end as unlinked_reason,
    delivery_url,
    meant_transformation as transformation,
    meant_public_id as delivery_public_id,
    -- What an address serves is ours only if it names our cloud, and was read without doubt or is settled.
    case when meant_way_code = 'html_output' and {{ is_our_cloud('delivery_cloud_name') }} then meant_public_id end
        as served_public_id,
    delivery_resource_type,
    delivery_type,
    meant_format_code as delivery_format_code,
    channel_code,
    segment_code,
    jurisdiction_code,
    offers_list,
    ordinal,
    customer_count,
    is_shown,
    has_conflicts,
    {{ has_layer('meant_transformation') }} as has_layer,
    composed_at,
    known_at as _loaded_at,
    _log_index
from meant
