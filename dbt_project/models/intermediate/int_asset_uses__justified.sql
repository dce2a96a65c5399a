-- Why returned and chosen are compared as they are: docs/decisions/0013-decisions-are-judged-by-what-was-sent.md
with

asset_uses as (

    select * from {{ ref('stg_exstream__asset_uses') }}

),

communications as (

    select * from {{ ref('stg_exstream__communications') }}

),

renderings as (

    select * from {{ ref('stg_exstream__renderings') }}

),

judged_uses as (

    select * from {{ ref('fct_asset_uses') }}

),

candidates as (

    select * from {{ ref('int_selection_candidates__resolved') }}

),

retrieved_assets as (

    select * from {{ ref('int_retrieved_assets__returned') }}

),

decision_policies as (

    select * from {{ ref('decision_policies') }}

),

used as (

    -- The bytes that a use stands for are those that its mart shows.
    select
        asset_uses.asset_use_key,
        asset_uses.rendering_key,
        asset_uses.communication_key,
        asset_uses.asset_id_cloudinary as written_asset_id,
        asset_uses.public_id as written_public_id,
        asset_uses.delivery_url as written_url,
        asset_uses.placeholder_name,
        asset_uses.binding,
        judged_uses.asset_id_cloudinary,
        judged_uses.etag,
        judged_uses.version_number,
        communications.document_type,
        renderings.channel_code,
        communications.generated_at,
        renderings.has_selection,
        asset_uses.has_conflicts or communications.has_conflicts or renderings.has_conflicts as has_conflicts
    from asset_uses
    inner join communications
        on asset_uses.communication_key = communications.communication_key
    inner join renderings
        on asset_uses.rendering_key = renderings.rendering_key
    left join judged_uses
        on asset_uses.asset_use_key = judged_uses.asset_use_key

),

needs as (

    select distinct
        used.asset_use_key,
        decision_policies.decision_type
    from used
    inner join decision_policies
        on
            used.document_type = decision_policies.document_type
            and used.generated_at >= decision_policies.valid_from
            and used.generated_at < decision_policies.valid_to
            and (decision_policies.channel_code = '*' or used.channel_code = decision_policies.channel_code)
            and (decision_policies.placeholder_name = '*' or used.placeholder_name = decision_policies.placeholder_name)
            and (decision_policies.binding = '*' or used.binding = decision_policies.binding)

),

chosen as (

    -- Chosen is what the selection names as the letter does, or names otherwise but is the same asset.
    select
        used.asset_use_key,
        min(candidates.selection_key) as selection_key
    from used
    inner join candidates
        on used.rendering_key = candidates.rendering_key
    where
        candidates.is_chosen
        and (
            candidates.candidate_reference = used.written_url
            or candidates.candidate_reference = used.written_asset_id
            or candidates.candidate_reference = used.written_public_id
            or candidates.asset_id_cloudinary = used.asset_id_cloudinary
        )
    group by used.asset_use_key

),

returned as (

    -- Returned for one channel is returned for the whole communication.
    select
        used.asset_use_key,
        min(retrieved_assets.retrieved_asset_key) as retrieved_asset_key
    from used
    inner join retrieved_assets
        on
            used.communication_key = retrieved_assets.communication_key
            and used.asset_id_cloudinary = retrieved_assets.asset_id_cloudinary
            and used.version_number = retrieved_assets.version_number
    where coalesce(used.etag = retrieved_assets.etag, true)
    group by used.asset_use_key

),

retrievals as (

    select
        communication_key,
        count(*) as retrieval_count
    from renderings
    where has_retrieval
    group by communication_key

)

select
    used.asset_use_key,
    used.rendering_key,
    used.communication_key,
    chosen.selection_key,
    returned.retrieved_asset_key,
    used.asset_id_cloudinary,
    used.etag,
    used.version_number,
    selection_needs.asset_use_key is not null as needs_selection,
    retrieval_needs.asset_use_key is not null as needs_retrieval,
    used.has_selection,
    coalesce(retrievals.retrieval_count, 0) > 0 as has_retrieval,
    coalesce(used.has_conflicts, false) as has_conflicts
from used
left join needs as selection_needs
    on
        used.asset_use_key = selection_needs.asset_use_key
        and selection_needs.decision_type = 'selection'
left join needs as retrieval_needs
    on
        used.asset_use_key = retrieval_needs.asset_use_key
        and retrieval_needs.decision_type = 'retrieval'
left join chosen
    on used.asset_use_key = chosen.asset_use_key
left join returned
    on used.asset_use_key = returned.asset_use_key
left join retrievals
    on used.communication_key = retrievals.communication_key
