with

feedback as (

    select * from {{ ref('stg_trading_grid__feedback') }}

),

named_assets as (

    select * from {{ ref('int_partner_assets__resolved') }}
    where subject_type = 'feedback'

),

assets as (

    select * from {{ ref('dim_assets') }}

),

publications as (

    select * from {{ ref('fct_publications') }}

),

versions as (

    select * from {{ ref('dim_asset_versions') }}

),

renditions as (

    -- One transformation of one version may be delivered in several formats: then its size is not one.
    select
        asset_id_cloudinary,
        version_number,
        transformation,
        case when min(size_bytes) = max(size_bytes) then min(size_bytes) end as size_bytes
    from {{ ref('dim_renditions') }}
    group by asset_id_cloudinary, version_number, transformation

),

days_allowed as (

    select * from {{ ref('days_allowed') }}
    where subject_type = 'feedback'

),

feedback_measures as (

    select * from {{ ref('feedback_measures') }}

),

addressed as (

    select
        *,
        url is null
        or ({{ delivery_url_part('url', 'public_id') }} is not null and transformation is null) as is_original
    from publications

),

published as (

    -- What a publication delivers: its bytes, in its rendition, measured as they are delivered. The original is as it
    -- was uploaded; of a derived file Cloudinary tells the bytes, and how wide it is nobody has measured.
    select
        addressed.publication_key,
        addressed.asset_version_key,
        addressed.asset_id_cloudinary,
        addressed.version_number,
        addressed.etag,
        addressed.rendition_name,
        {{ delivered_rendition('addressed.url') }} as delivered,
        addressed.published_at,
        case when addressed.is_original then versions.size_bytes else renditions.size_bytes end as size_bytes,
        case when addressed.is_original then versions.width_px end as width_px,
        case when addressed.is_original then versions.height_px end as height_px
    from addressed
    left join versions
        on addressed.asset_version_key = versions.asset_version_key
    left join renditions
        on
            addressed.asset_id_cloudinary = renditions.asset_id_cloudinary
            and addressed.version_number = renditions.version_number
            and addressed.transformation = renditions.transformation

),

waiting as (

    select
        feedback.*,
        coalesce(feedback.status_code in ('open', 'reopened'), true) as is_open,
        case
            when feedback.status_code = 'reopened' then coalesce(feedback.reopened_at, feedback.reported_at)
            else feedback.reported_at
        end as waiting_since
    from feedback

),

compared as (

    select
        waiting.*,
        coalesce(published_before.asset_id_cloudinary, named_assets.asset_id_cloudinary) as reported_asset_id,
        published_before.version_number as before_version_number,
        published_before.size_bytes as before_bytes,
        published_before.width_px as before_width_px,
        published_before.height_px as before_height_px,
        published_after.version_number as after_version_number,
        published_after.size_bytes as after_bytes,
        published_after.width_px as after_width_px,
        published_after.height_px as after_height_px,
        published_after.published_at as republished_at,
        {{ days_from('waiting.waiting_since', 'days_allowed.days_allowed') }} as answer_due_at,
        case
            when waiting.is_open then 'not_answered'
            when waiting.answer_publication_key is null then 'answered_in_words'
            when waiting.answer_publication_key = waiting.publication_key then 'unchanged'
            when published_before.etag is null or published_after.etag is null then 'not_known'
            when
                published_before.etag = published_after.etag
                and coalesce(published_before.rendition_name, '') = coalesce(published_after.rendition_name, '')
                and coalesce(published_before.delivered, '') = coalesce(published_after.delivered, '')
                then 'unchanged'
            when feedback_measures.measure_code = 'size_bytes'
                then
                    case
                        when published_after.size_bytes > published_before.size_bytes then 'heavier'
                        when published_after.size_bytes <= published_before.size_bytes then 'changed'
                        else 'no_evidence'
                    end
            when feedback_measures.measure_code = 'width_px'
                then
                    case
                        when published_after.width_px > published_before.width_px then 'wider'
                        when published_after.width_px <= published_before.width_px then 'changed'
                        else 'no_evidence'
                    end
            else 'changed'
        end as change_reason
    from waiting
    left join named_assets
        on waiting.feedback_key = named_assets.subject_key
    left join published as published_before
        on waiting.publication_key = published_before.publication_key
    left join published as published_after
        on waiting.answer_publication_key = published_after.publication_key
    left join days_allowed
        on
            waiting.waiting_since >= days_allowed.valid_from
            and waiting.waiting_since < days_allowed.valid_to
    left join feedback_measures
        on
            waiting.category = feedback_measures.category_code
            and waiting.reported_at >= feedback_measures.valid_from
            and waiting.reported_at < feedback_measures.valid_to

)

select
    cast(compared.feedback_key as {{ text_type() }}) as feedback_key,
    cast(compared.community_key as {{ text_type() }}) as community_key,
    cast(compared.partner_key as {{ text_type() }}) as partner_key,
    cast(compared.publication_key as {{ text_type() }}) as publication_key,
    cast(compared.answer_publication_key as {{ text_type() }}) as answer_publication_key,
    cast(assets.asset_key as {{ text_type() }}) as asset_key,
    cast(compared.feedback_id_trading_grid as {{ text_type() }}) as feedback_id_trading_grid,
    cast(compared.reported_asset_id as {{ text_type() }}) as asset_id_cloudinary,
    cast(coalesce(compared.public_id, assets.public_id) as {{ text_type() }}) as public_id,
    cast(compared.category as {{ text_type() }}) as category,
    cast(compared.rendition_name as {{ text_type() }}) as rendition_name,
    cast(compared.device_code as {{ text_type() }}) as device_code,
    cast(compared.request_text as {{ text_type() }}) as request_text,
    cast(compared.answer_text as {{ text_type() }}) as answer_text,
    cast(compared.status_code as {{ text_type() }}) as status_code,
    cast(compared.change_reason as {{ text_type() }}) as change_reason,
    cast(compared.before_version_number as bigint) as before_version_number,
    cast(compared.before_bytes as bigint) as before_bytes,
    cast(compared.before_width_px as bigint) as before_width_px,
    cast(compared.before_height_px as bigint) as before_height_px,
    cast(compared.after_version_number as bigint) as after_version_number,
    cast(compared.after_bytes as bigint) as after_bytes,
    cast(compared.after_width_px as bigint) as after_width_px,
    cast(compared.after_height_px as bigint) as after_height_px,
    cast(
        floor(
            (
                {{ epoch_seconds('compared.answered_at') }} - {{ epoch_seconds('compared.reported_at') }}
            ) / 3600
        ) as bigint
    ) as hours_to_answer,
    cast(compared.is_open as boolean) as is_open,
    cast(compared.reopened_at is not null as boolean) as was_reopened,
    cast(compared.reported_at as {{ instant_type() }}) as reported_at,
    cast(compared.answered_at as {{ instant_type() }}) as answered_at,
    cast(compared.reopened_at as {{ instant_type() }}) as reopened_at,
    cast(compared.answer_due_at as {{ instant_type() }}) as answer_due_at,
    cast(compared.republished_at as {{ instant_type() }}) as republished_at,
    cast(compared._log_index as bigint) as _log_index
from compared
left join assets
    on compared.reported_asset_id = assets.asset_id_cloudinary
