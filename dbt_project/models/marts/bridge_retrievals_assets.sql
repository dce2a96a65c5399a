with

retrieved_assets as (

    select * from {{ ref('int_retrieved_assets__returned') }}

),

communications as (

    select * from {{ ref('stg_exstream__communications') }}

),

renderings as (

    select * from {{ ref('stg_exstream__renderings') }}

),

verdicts as (

    select * from {{ ref('int_references__evidenced') }}
    where reference_type = 'retrieved_asset'

),

justified_uses as (

    select * from {{ ref('int_asset_uses__justified') }}

),

conflicts as (

    select communication_key
    from justified_uses
    where has_conflicts
    group by communication_key

),

stored as (

    -- Stored for any channel is stored with the communication.
    select
        retrieved_assets.retrieved_asset_key,
        min(justified_uses.asset_use_key) as asset_use_key
    from retrieved_assets
    inner join justified_uses
        on
            retrieved_assets.communication_key = justified_uses.communication_key
            and retrieved_assets.asset_id_cloudinary = justified_uses.asset_id_cloudinary
            and retrieved_assets.version_number = justified_uses.version_number
    where coalesce(retrieved_assets.etag = justified_uses.etag, true)
    group by retrieved_assets.retrieved_asset_key

)

select
    cast(retrieved_assets.retrieved_asset_key as {{ text_type() }}) as retrieved_asset_key,
    cast(retrieved_assets.retrieval_key as {{ text_type() }}) as retrieval_key,
    cast(retrieved_assets.communication_key as {{ text_type() }}) as communication_key,
    cast(
        case
            when coalesce(verdicts.asset_id_cloudinary, retrieved_assets.asset_id_cloudinary) is not null
                then
                    {{ surrogate_key([
                        'coalesce(verdicts.asset_id_cloudinary, retrieved_assets.asset_id_cloudinary)'
                    ]) }}
        end as {{ text_type() }}
    ) as asset_key,
    cast(verdicts.asset_version_key as {{ text_type() }}) as asset_version_key,
    cast(verdicts.approval_key as {{ text_type() }}) as approval_key,
    cast(verdicts.coverage_key as {{ text_type() }}) as coverage_key,
    cast(stored.asset_use_key as {{ text_type() }}) as asset_use_key,
    cast(
        coalesce(
            renderings.retrieval_id_exstream,
            renderings.communication_id_exstream || '/' || renderings.rendering_id_exstream || '/retrieval'
        ) || '/' || retrieved_assets.ordinal as {{ text_type() }}
    ) as retrieved_asset_id,
    cast(coalesce(verdicts.asset_id_cloudinary, retrieved_assets.asset_id_cloudinary) as {{ text_type() }})
        as asset_id_cloudinary,
    cast(coalesce(verdicts.etag, retrieved_assets.etag) as {{ text_type() }}) as etag,
    cast(verdicts.verdict as {{ text_type() }}) as verdict,
    cast(verdicts.verdict_reason as {{ text_type() }}) as verdict_reason,
    cast(verdicts.evidence_strength as {{ text_type() }}) as evidence_strength,
    cast(verdicts.evidence_grade as {{ text_type() }}) as evidence_grade,
    cast(
        case
            when stored.asset_use_key is not null then 'stored'
            when retrieved_assets.has_conflicts or conflicts.communication_key is not null then 'conflicting_records'
            else 'not_stored'
        end as {{ text_type() }}
    ) as storage_reason,
    cast(retrieved_assets.ordinal as bigint) as ordinal,
    cast(coalesce(verdicts.version_number, retrieved_assets.version_number) as bigint) as version_number,
    cast(communications.generated_at as {{ instant_type() }}) as generated_at,
    cast(retrieved_assets._log_index as bigint) as _log_index
from retrieved_assets
inner join renderings
    on retrieved_assets.rendering_key = renderings.rendering_key
left join communications
    on retrieved_assets.communication_key = communications.communication_key
left join verdicts
    on retrieved_assets.retrieved_asset_key = verdicts.subject_key
left join stored
    on retrieved_assets.retrieved_asset_key = stored.retrieved_asset_key
left join conflicts
    on retrieved_assets.communication_key = conflicts.communication_key
