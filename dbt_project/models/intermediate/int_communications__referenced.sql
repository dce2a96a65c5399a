with

communications as (

    select * from {{ ref('stg_exstream__communications') }}

),

renderings as (

    select * from {{ ref('stg_exstream__renderings') }}

),

asset_uses as (

    select * from {{ ref('stg_exstream__asset_uses') }}

),

decision_policies as (

    select * from {{ ref('decision_policies') }}
    where decision_type = 'reference'

),

needs as (

    select distinct communications.communication_key
    from communications
    left join renderings
        on communications.communication_key = renderings.communication_key
    inner join decision_policies
        on
            communications.document_type = decision_policies.document_type
            and communications.generated_at >= decision_policies.valid_from
            and communications.generated_at < decision_policies.valid_to
            and (decision_policies.channel_code = '*' or renderings.channel_code = decision_policies.channel_code)

),

stored_references as (

    -- An address is no reference: it pins no bytes.
    select
        communication_key,
        count(*) as reference_count
    from asset_uses
    where
        binding = 'embedded'
        and (asset_id_cloudinary is not null or public_id is not null)
        and (version_number is not null or etag is not null)
    group by communication_key

),

conflicts as (

    select communication_key
    from asset_uses
    where has_conflicts
    group by communication_key

)

select
    communications.communication_key,
    coalesce(stored_references.reference_count, 0) as reference_count,
    needs.communication_key is not null as needs_reference,
    communications.has_conflicts or conflicts.communication_key is not null as has_conflicts
from communications
left join needs
    on communications.communication_key = needs.communication_key
left join stored_references
    on communications.communication_key = stored_references.communication_key
left join conflicts
    on communications.communication_key = conflicts.communication_key
