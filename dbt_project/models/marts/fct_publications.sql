with

publications as (

    select * from {{ ref('stg_trading_grid__publications') }}

),

deleted_objects as (

    select * from {{ ref('int_objects__deleted') }}

),

verdicts_at_publication as (

    select * from {{ ref('int_references__evidenced') }}
    where reference_type = 'publication'

),

verdicts_now as (

    select * from {{ ref('int_references__evidenced') }}
    where reference_type = 'publication_now'

),

evaluations as (

    select * from {{ ref('int_evaluations__dated') }}
    where subject_type = 'publication'

),

versions as (

    select * from {{ ref('int_asset_versions__lived') }}

),

newest_approved as (

    select * from {{ ref('int_asset_versions__newest_approved') }}
    where subject_type = 'publication'

),

receipts as (

    select * from {{ ref('fct_receipts') }}

),

receipt_counts as (

    -- An acknowledgement of other bytes is none.
    select
        publication_key,
        count(case when kind = 'delivered' then 1 end) as delivered_count,
        count(case when kind = 'opened' then 1 end) as opened_count,
        count(case when kind = 'acknowledged' and not has_other_bytes then 1 end) as acknowledged_count
    from receipts
    group by publication_key

)

select
    cast(publications.publication_key as {{ text_type() }}) as publication_key,
    cast(publications.publication_id_trading_grid as {{ text_type() }}) as publication_id_trading_grid,
    cast(publications.community_key as {{ text_type() }}) as community_key,
    cast(publications.community_id_trading_grid as {{ text_type() }}) as community_id_trading_grid,
    cast(
        case
            when verdicts_at_publication.asset_id_cloudinary is not null
                then {{ surrogate_key(['verdicts_at_publication.asset_id_cloudinary']) }}
        end as {{ text_type() }}
    ) as asset_key,
    {{ surrogate_key([
        'coalesce(verdicts_at_publication.asset_id_cloudinary, publications.asset_id_cloudinary, publications.public_id)',
        'publications.region_code',
        'publications.language_code',
        'publications.device_code',
        'publications.rendition_name',
    ]) }} as variant_key,
    cast(verdicts_at_publication.asset_version_key as {{ text_type() }}) as asset_version_key,
    cast(verdicts_at_publication.approval_key as {{ text_type() }}) as approval_key,
    cast(coalesce(verdicts_at_publication.asset_id_cloudinary, publications.asset_id_cloudinary) as {{ text_type() }})
        as asset_id_cloudinary,
    cast(publications.public_id as {{ text_type() }}) as public_id,
    cast(coalesce(verdicts_at_publication.version_number, publications.version_number) as bigint) as version_number,
    cast(coalesce(verdicts_at_publication.etag, publications.etag) as {{ text_type() }}) as etag,
    cast(publications.url as {{ text_type() }}) as url,
    cast(publications.transformation as {{ text_type() }}) as transformation,
    cast(publications.region_code as {{ text_type() }}) as region_code,
    cast(publications.language_code as {{ text_type() }}) as language_code,
    cast(publications.device_code as {{ text_type() }}) as device_code,
    cast(publications.rendition_name as {{ text_type() }}) as rendition_name,
    cast(publications.published_by_id as {{ text_type() }}) as published_by_id,
    cast(publications.published_at as {{ instant_type() }}) as published_at,
    cast(publications.published_at_written as {{ text_type() }}) as published_at_written,
    cast(publications.published_at_zone as {{ text_type() }}) as published_at_zone,
    cast(coalesce(publications.withdrawn_at, deleted_objects.deleted_at) as {{ instant_type() }}) as withdrawn_at,
    cast(publications.withdrawn_at_written as {{ text_type() }}) as withdrawn_at_written,
    cast(publications.withdrawn_at_zone as {{ text_type() }}) as withdrawn_at_zone,
    cast(
        case
            when publications.withdrawn_at is not null then 'confirmed'
            when deleted_objects.deleted_at is not null then 'derived'
        end as {{ text_type() }}
    ) as withdrawal_evidence_grade,
    cast(coalesce(publications.withdrawn_at, deleted_objects.deleted_at) is null as boolean) as is_live,
    cast(deleted_objects.publication_key is not null as boolean) as is_deleted,
    cast(deleted_objects.last_seen_at as {{ instant_type() }}) as last_seen_at,
    cast(deleted_objects.deleted_at as {{ instant_type() }}) as deleted_at,
    cast(publications.replaces_publication_id as {{ text_type() }}) as replaces_publication_id,
    cast(publications.correlation_id as {{ text_type() }}) as correlation_id,
    cast(verdicts_at_publication.verdict as {{ text_type() }}) as verdict_at_publication,
    cast(verdicts_now.verdict as {{ text_type() }}) as verdict_now,
    cast(verdicts_at_publication.verdict_reason as {{ text_type() }}) as verdict_reason_at_publication,
    cast(verdicts_now.verdict_reason as {{ text_type() }}) as verdict_reason_now,
    cast(coalesce(verdicts_now.verdict_reason, verdicts_at_publication.verdict_reason) as {{ text_type() }})
        as verdict_reason,
    cast(verdicts_at_publication.evidence_strength as {{ text_type() }}) as evidence_strength,
    cast(verdicts_at_publication.evidence_grade as {{ text_type() }}) as evidence_grade,
    cast(verdicts_now.evidence_grade as {{ text_type() }}) as evidence_grade_now,
    cast(verdicts_at_publication.version_evidence_grade as {{ text_type() }}) as version_evidence_grade,
    cast(versions.evidence_reason as {{ text_type() }}) as version_evidence_reason,
    cast(verdicts_now.approval_key as {{ text_type() }}) as approval_key_now,
    cast(verdicts_at_publication.coverage_key as {{ text_type() }}) as coverage_key,
    cast(verdicts_now.coverage_key as {{ text_type() }}) as coverage_key_now,
    cast(evaluations.evaluated_at as {{ instant_type() }}) as evaluated_at,
    cast(newest_approved.asset_version_key as {{ text_type() }}) as newest_approved_asset_version_key,
    cast(newest_approved.version_number as bigint) as newest_approved_version_number,
    cast(newest_approved.etag as {{ text_type() }}) as newest_approved_etag,
    cast(coalesce(receipt_counts.delivered_count, 0) as bigint) as delivered_count,
    cast(coalesce(receipt_counts.opened_count, 0) as bigint) as opened_count,
    cast(coalesce(receipt_counts.acknowledged_count, 0) as bigint) as acknowledged_count,
    cast(publications._log_index as bigint) as _log_index
from publications
left join verdicts_at_publication
    on publications.publication_key = verdicts_at_publication.subject_key
left join verdicts_now
    on publications.publication_key = verdicts_now.subject_key
left join versions
    on verdicts_at_publication.asset_version_key = versions.asset_version_key
cross join evaluations
left join newest_approved
    on publications.publication_key = newest_approved.subject_key
left join receipt_counts
    on publications.publication_key = receipt_counts.publication_key
left join deleted_objects
    on publications.publication_key = deleted_objects.publication_key
