with

asset_uses as (

    select * from {{ ref('fct_asset_uses') }}

),

visuals as (

    select * from {{ ref('fct_launch_visuals') }}
    where is_over and visual_state = 'launched'

),

versions as (

    select * from {{ ref('int_asset_versions__lived') }}

),

ranked as (

    -- After several launches of an asset the last one counts.
    select
        asset_uses.asset_use_key,
        asset_uses.communication_key,
        asset_uses.asset_key,
        asset_uses.asset_version_key,
        asset_uses.asset_use_id,
        asset_uses.asset_id_cloudinary,
        asset_uses.etag,
        asset_uses.channel_code,
        asset_uses.jurisdiction_code,
        asset_uses.verdict,
        asset_uses.version_number,
        asset_uses.generated_at,
        asset_uses._log_index,
        visuals.launch_requirement_key,
        visuals.launch_key,
        visuals.asset_version_key as launched_asset_version_key,
        visuals.etag as launched_etag,
        visuals.version_number as launched_version_number,
        visuals.uploaded_at as launched_uploaded_at,
        visuals.launch_at,
        row_number() over (
            partition by asset_uses.asset_use_key
            order by visuals.launch_at desc nulls last, visuals.launch_requirement_key asc nulls last
        ) as launch_rank
    from asset_uses
    inner join visuals
        on asset_uses.asset_id_cloudinary = visuals.asset_id_cloudinary
    where
        asset_uses.generated_at >= visuals.launch_at
        and (visuals.region_code is null or asset_uses.jurisdiction_code = visuals.region_code)

),

after_launch as (

    select * from ranked
    where launch_rank = 1

),

last_uploads as (

    -- The same bytes may have been uploaded again since: they are as new as their last upload.
    select
        after_launch.asset_use_key,
        max(versions.live_from) as last_uploaded_at
    from after_launch
    inner join versions
        on
            after_launch.asset_id_cloudinary = versions.asset_id_cloudinary
            and after_launch.etag = versions.etag
            and versions.live_from <= after_launch.generated_at
    group by after_launch.asset_use_key

)

select
    cast(after_launch.asset_use_key as {{ text_type() }}) as asset_use_key,
    cast(after_launch.launch_requirement_key as {{ text_type() }}) as launch_requirement_key,
    cast(after_launch.launch_key as {{ text_type() }}) as launch_key,
    cast(after_launch.communication_key as {{ text_type() }}) as communication_key,
    cast(after_launch.asset_key as {{ text_type() }}) as asset_key,
    cast(after_launch.asset_version_key as {{ text_type() }}) as asset_version_key,
    cast(after_launch.launched_asset_version_key as {{ text_type() }}) as launched_asset_version_key,
    cast(after_launch.asset_use_id as {{ text_type() }}) as asset_use_id,
    cast(after_launch.channel_code as {{ text_type() }}) as channel_code,
    cast(after_launch.jurisdiction_code as {{ text_type() }}) as jurisdiction_code,
    cast(
        case
            when after_launch.verdict in ('NO_EVIDENCE', 'AMBIGUOUS') then 'not_known'
            when after_launch.etag = after_launch.launched_etag then 'launched'
            when last_uploads.last_uploaded_at < after_launch.launched_uploaded_at then 'old'
            when last_uploads.last_uploaded_at >= after_launch.launched_uploaded_at then 'newer'
            else 'not_known'
        end as {{ text_type() }}
    ) as age_code,
    cast(after_launch.version_number as bigint) as version_number,
    cast(after_launch.launched_version_number as bigint) as launched_version_number,
    cast(after_launch.generated_at as {{ instant_type() }}) as generated_at,
    cast(after_launch.launch_at as {{ instant_type() }}) as launch_at,
    cast(after_launch._log_index as bigint) as _log_index
from after_launch
left join last_uploads
    on after_launch.asset_use_key = last_uploads.asset_use_key
