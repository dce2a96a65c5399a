with

asset_uses as (

    select * from {{ ref('fct_asset_uses') }}

),

retrieved_assets as (

    select * from {{ ref('bridge_retrievals_assets') }}

),

retrievals as (

    select * from {{ ref('fct_retrievals') }}

),

communications as (

    select * from {{ ref('fct_communications') }}

),

ranked_retrieved as (

    -- What was returned for one channel justifies every use of these bytes in the communication; a rendering's own
    -- retrieval goes before another's.
    select
        asset_uses.asset_use_key,
        retrieved_assets.retrieved_asset_key,
        retrieved_assets.retrieval_key,
        retrieved_assets.verdict,
        row_number() over (
            partition by asset_uses.asset_use_key
            order by
                case when asset_uses.rendering_key = retrievals.rendering_key then 0 else 1 end asc nulls last,
                retrieved_assets.retrieval_key asc nulls last,
                retrieved_assets.ordinal asc nulls last
        ) as retrieved_number
    from asset_uses
    inner join retrieved_assets
        on
            asset_uses.communication_key = retrieved_assets.communication_key
            and asset_uses.asset_id_cloudinary = retrieved_assets.asset_id_cloudinary
            and asset_uses.version_number = retrieved_assets.version_number
    inner join retrievals
        on retrieved_assets.retrieval_key = retrievals.retrieval_key
    where coalesce(asset_uses.etag = retrieved_assets.etag, true)

),

unioned as (

    -- Each use with the retrieval that justifies it, or without one.
    select
        {{ surrogate_key(["'used'", 'asset_uses.asset_use_key']) }} as retrieval_line_key,
        asset_uses.communication_key,
        asset_uses.asset_use_key,
        ranked_retrieved.retrieved_asset_key,
        ranked_retrieved.retrieval_key,
        asset_uses.asset_key,
        asset_uses.asset_id_cloudinary,
        asset_uses.version_number,
        asset_uses.etag,
        asset_uses.channel_code,
        asset_uses.verdict as used_verdict,
        ranked_retrieved.verdict as retrieved_verdict,
        case when ranked_retrieved.retrieved_asset_key is null then 'used_only' else 'retrieved_and_used' end
            as line_type
    from asset_uses
    left join ranked_retrieved
        on
            asset_uses.asset_use_key = ranked_retrieved.asset_use_key
            and ranked_retrieved.retrieved_number = 1

    union all

    select
        {{ surrogate_key(["'retrieved'", 'retrieved_assets.retrieved_asset_key']) }} as retrieval_line_key,
        retrieved_assets.communication_key,
        cast(null as {{ text_type() }}) as asset_use_key,
        retrieved_assets.retrieved_asset_key,
        retrieved_assets.retrieval_key,
        retrieved_assets.asset_key,
        retrieved_assets.asset_id_cloudinary,
        retrieved_assets.version_number,
        retrieved_assets.etag,
        retrievals.channel_code,
        cast(null as {{ text_type() }}) as used_verdict,
        retrieved_assets.verdict as retrieved_verdict,
        'retrieved_only' as line_type
    from retrieved_assets
    left join retrievals
        on retrieved_assets.retrieval_key = retrievals.retrieval_key
    where retrieved_assets.asset_use_key is null

)

select
    unioned.retrieval_line_key,
    unioned.communication_key,
    unioned.asset_use_key,
    unioned.retrieved_asset_key,
    unioned.retrieval_key,
    unioned.asset_key,
    communications.communication_id_exstream,
    retrievals.retrieval_id_exstream,
    unioned.asset_id_cloudinary,
    unioned.version_number,
    unioned.etag,
    unioned.channel_code,
    communications.document_type,
    communications.segment_code,
    communications.jurisdiction_code,
    retrievals.asked_document_type,
    retrievals.asked_segment_code,
    retrievals.asked_jurisdiction_code,
    unioned.line_type,
    unioned.used_verdict,
    unioned.retrieved_verdict,
    communications.generated_at
from unioned
left join communications
    on unioned.communication_key = communications.communication_key
left join retrievals
    on unioned.retrieval_key = retrievals.retrieval_key
