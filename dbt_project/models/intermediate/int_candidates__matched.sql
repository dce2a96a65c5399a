{{ config(materialized='view') }}

with

asset_references as (

    select * from {{ ref('int_references__graced') }}

),

reference_assets as (

    select * from {{ ref('int_reference_assets__resolved') }}

),

versions as (

    select
        *,
        {{ join_key('asset_version_key') }} as version_join_key
    from {{ counted_versions(ref('int_asset_versions__lived')) }} as counted

),

matched as (

    -- Bytes of a version whose upload nobody saw are unknown: such a version is matched by its number alone.
    select
        asset_references.reference_key,
        asset_references.segment_code,
        asset_references.jurisdiction_code,
        asset_references.offers_list,
        asset_references.has_segment_rule,
        asset_references.has_offer_rule,
        asset_references.judged_at,
        asset_references.judged_from,
        asset_references.judged_to,
        asset_references.known_from,
        asset_references.claimed_at,
        asset_references.superseded_if_before,
        asset_references._loaded_at as _reference_loaded_at,
        not asset_references.is_live_url
        and asset_references.version_number is null
        and asset_references.etag is null as is_any_version,
        versions.asset_created_at,
        versions.asset_version_key,
        versions.version_join_key,
        versions.asset_id_cloudinary,
        versions.etag,
        versions.begin_evidence_grade as evidence_grade,
        -- Where nothing says that it was still the one live, or that no other had been, another may be meant.
        case
            when asset_references.is_live_url
                then asset_references.judged_to > versions.live_surely_to and versions.live_surely_to < versions.live_to
            when asset_references.version_number is null and asset_references.etag is null
                then versions.first_doubt_at < asset_references.referenced_to
        end as is_doubtful,
        -- Whether no other version of the asset, and no other asset, can be meant: then nobody has to count candidates.
        reference_assets.is_only_asset
        and case
            when asset_references.is_live_url
                then
                    versions.is_only_while_live
                    and versions.live_from <= asset_references.judged_from
                    and versions.live_to > asset_references.judged_to
            else asset_references.version_number is not null and versions.is_only_of_number
        end as is_only_candidate,
        versions.version_number,
        versions.live_from,
        versions.upload_count,
        versions._loaded_at
    from asset_references
    inner join reference_assets
        on asset_references.reference_key = reference_assets.reference_key
    inner join versions
        on
            reference_assets.asset_id_cloudinary = versions.asset_id_cloudinary
            and versions.live_from <= asset_references.judged_to
    where
        case
            when asset_references.is_live_url then versions.live_to > asset_references.judged_from
            -- Embedded without saying which: any version there was when it was embedded.
            when asset_references.version_number is null and asset_references.etag is null
                then versions.live_from <= asset_references.referenced_to
            when asset_references.etag is not null
                then
                    coalesce(versions.etag, asset_references.etag) = asset_references.etag
                    and versions.version_number = coalesce(asset_references.version_number, versions.version_number)
                    and (versions.etag is not null or asset_references.version_number is not null)
            else versions.version_number = asset_references.version_number
        end

),

repeated as (

    -- Bytes that were uploaded again are one candidate: by the last upload that matches.
    select
        *,
        row_number() over (
            partition by reference_key, asset_id_cloudinary, etag
            order by live_from desc nulls last, version_number desc nulls last
        ) as match_number
    from matched
    where upload_count > 1

),

last_uploads as (

    -- What is newer than they are counts from their last upload: where that one may have come before the instant, too.
    select
        repeated.reference_key,
        repeated.asset_version_key,
        max(versions.live_from) as last_uploaded_at
    from repeated
    inner join versions
        on
            repeated.asset_id_cloudinary = versions.asset_id_cloudinary
            and repeated.etag = versions.etag
            and versions.live_from <= repeated.judged_to
    where repeated.match_number = 1
    group by repeated.reference_key, repeated.asset_version_key

)

select
    reference_key,
    asset_version_key,
    version_join_key,
    asset_id_cloudinary,
    etag,
    evidence_grade,
    version_number,
    is_any_version,
    coalesce(is_doubtful, false) as is_doubtful,
    coalesce(is_only_candidate, false) as is_only_candidate,
    asset_created_at,
    live_from as uploaded_at,
    live_from as last_uploaded_at,
    segment_code,
    jurisdiction_code,
    offers_list,
    has_segment_rule,
    has_offer_rule,
    judged_at,
    judged_from,
    judged_to,
    known_from,
    claimed_at,
    superseded_if_before,
    _reference_loaded_at,
    _loaded_at
from matched
where upload_count = 1

union all

select
    repeated.reference_key,
    repeated.asset_version_key,
    repeated.version_join_key,
    repeated.asset_id_cloudinary,
    repeated.etag,
    repeated.evidence_grade,
    repeated.version_number,
    repeated.is_any_version,
    coalesce(repeated.is_doubtful, false) as is_doubtful,
    coalesce(repeated.is_only_candidate, false) as is_only_candidate,
    repeated.asset_created_at,
    repeated.live_from as uploaded_at,
    coalesce(last_uploads.last_uploaded_at, repeated.live_from) as last_uploaded_at,
    repeated.segment_code,
    repeated.jurisdiction_code,
    repeated.offers_list,
    repeated.has_segment_rule,
    repeated.has_offer_rule,
    repeated.judged_at,
    repeated.judged_from,
    repeated.judged_to,
    repeated.known_from,
    repeated.claimed_at,
    repeated.superseded_if_before,
    repeated._reference_loaded_at,
    repeated._loaded_at
from repeated
left join last_uploads
    on
        repeated.reference_key = last_uploads.reference_key
        and repeated.asset_version_key = last_uploads.asset_version_key
where repeated.match_number = 1
