with

asset_uses as (

    select
        *,
        {{ reference_key('asset_use', 'asset_use_key') }} as reference_key
    from {{ ref('fct_asset_uses') }}

),

judged_candidates as (

    select * from {{ ref('int_candidates__judged') }}

),

judged_references as (

    select reference_key from {{ ref('int_references__judged') }}
    where reference_type = 'asset_use'

),

verdict_reasons as (

    select * from {{ ref('verdict_reasons') }}

),

candidates as (

    select
        asset_uses.asset_use_key,
        judged_candidates.asset_version_key,
        judged_candidates.approval_key,
        judged_candidates.superseding_asset_version_key,
        judged_candidates.asset_id_cloudinary,
        judged_candidates.version_number,
        judged_candidates.etag,
        judged_candidates.verdict_reason,
        judged_candidates.is_late,
        judged_candidates.recorded_at
    from judged_candidates
    inner join asset_uses
        on judged_candidates.reference_key = asset_uses.reference_key

    union all

    -- Of a plain use its version is the only candidate; what is not proven of the use alone is proven of the version.
    select
        asset_uses.asset_use_key,
        asset_uses.asset_version_key,
        asset_uses.approval_key,
        asset_uses.superseding_asset_version_key,
        asset_uses.asset_id_cloudinary,
        asset_uses.version_number,
        asset_uses.etag,
        case
            when asset_uses.verdict_reason in ('layer_not_judged', 'recorded_late') then 'approved_in_force'
            else asset_uses.verdict_reason
        end as verdict_reason,
        {{ is_recorded_late('asset_uses.recorded_at', 'asset_uses.generated_at') }} as is_late,
        asset_uses.recorded_at
    from asset_uses
    left join judged_references
        on asset_uses.reference_key = judged_references.reference_key
    where judged_references.reference_key is null

)

select
    cast(
        {{ surrogate_key([
            surrogate_key(["'asset_use'", 'candidates.asset_use_key']), 'candidates.asset_version_key'
        ]) }}
        as {{ text_type() }}
    ) as candidate_key,
    cast(candidates.asset_use_key as {{ text_type() }}) as asset_use_key,
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
inner join verdict_reasons
    on candidates.verdict_reason = verdict_reasons.verdict_reason
