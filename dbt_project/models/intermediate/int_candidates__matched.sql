with

asset_references as (

    select * from {{ ref('int_references__unioned') }}

),

reference_assets as (

    select * from {{ ref('int_reference_assets__resolved') }}

),

versions as (

    select * from {{ ref('int_asset_versions__lived') }}

),

matched as (

    -- Bytes of a version whose upload nobody saw are unknown: such a version is matched by its number alone.
    select
        asset_references.reference_key,
        asset_references.judged_at,
        not asset_references.is_live_url
        and asset_references.version_number is null
        and asset_references.etag is null as is_any_version,
        versions.asset_created_at,
        versions.asset_version_key,
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
        versions.version_number,
        versions.live_from,
        versions._loaded_at,
        row_number() over (
            partition by asset_references.reference_key, versions.asset_id_cloudinary, versions.etag
            order by versions.live_from desc, versions.version_number desc
        ) as match_number
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

candidates as (

    select * from matched
    where match_number = 1

),

last_uploads as (

    -- The same bytes may have been uploaded again: what is newer than them counts from their last upload.
    select
        candidates.reference_key,
        candidates.asset_version_key,
        max(versions.live_from) as last_uploaded_at
    from candidates
    inner join versions
        on
            candidates.asset_id_cloudinary = versions.asset_id_cloudinary
            and candidates.etag = versions.etag
            and versions.live_from <= candidates.judged_at
    group by candidates.reference_key, candidates.asset_version_key

)

select
    {{ surrogate_key(['candidates.reference_key', 'candidates.asset_version_key']) }} as candidate_key,
    candidates.reference_key,
    candidates.asset_version_key,
    candidates.asset_id_cloudinary,
    candidates.etag,
    candidates.evidence_grade,
    candidates.version_number,
    candidates.is_any_version,
    coalesce(candidates.is_doubtful, false) as is_doubtful,
    candidates.asset_created_at,
    candidates.live_from as uploaded_at,
    coalesce(last_uploads.last_uploaded_at, candidates.live_from) as last_uploaded_at,
    candidates._loaded_at
from candidates
left join last_uploads
    on
        candidates.reference_key = last_uploads.reference_key
        and candidates.asset_version_key = last_uploads.asset_version_key
