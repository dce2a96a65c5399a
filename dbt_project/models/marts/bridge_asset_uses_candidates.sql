with

asset_uses as (

    select
        asset_use_key,
        {{ reference_key('asset_use', 'asset_use_key') }} as reference_key
    from {{ ref('stg_exstream__asset_uses') }}

),

candidates as (

    select * from {{ ref('int_candidates__judged') }}

),

verdict_reasons as (

    select * from {{ ref('verdict_reasons') }}

)

select
    cast(
        {{ surrogate_key([
            surrogate_key(["'asset_use'", 'asset_uses.asset_use_key']), 'candidates.asset_version_key'
        ]) }}
        as {{ text_type() }}
    ) as candidate_key,
    cast(asset_uses.asset_use_key as {{ text_type() }}) as asset_use_key,
    cast(candidates.asset_version_key as {{ text_type() }}) as asset_version_key,
    cast(candidates.approval_key as {{ text_type() }}) as approval_key,
    cast(candidates.superseding_asset_version_key as {{ text_type() }}) as superseding_asset_version_key,
    cast(candidates.asset_id_cloudinary as {{ text_type() }}) as asset_id_cloudinary,
    cast(candidates.version_number as bigint) as version_number,
    cast(candidates.etag as {{ text_type() }}) as etag,
    cast(verdict_reasons.verdict as {{ text_type() }}) as verdict,
    cast(candidates.verdict_reason as {{ text_type() }}) as verdict_reason,
    cast(candidates.is_late as boolean) as is_late,
    cast(candidates.recorded_at as {{ instant_type() }}) as recorded_at
from candidates
inner join asset_uses
    on candidates.reference_key = asset_uses.reference_key
inner join verdict_reasons
    on candidates.verdict_reason = verdict_reasons.verdict_reason
