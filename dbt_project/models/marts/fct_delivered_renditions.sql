with

asset_uses as (

    select * from {{ ref('stg_exstream__asset_uses') }}

),

judged_uses as (

    select * from {{ ref('fct_asset_uses') }}

),

versions as (

    select * from {{ ref('dim_asset_versions') }}

),

rendition_requests as (

    select * from {{ ref('fct_rendition_requests') }}

),

derived_files as (

    select * from {{ ref('dim_renditions') }}

),

channel_policies as (

    select * from {{ ref('channel_policies') }}

),

channel_formats as (

    select * from {{ ref('rendition_formats') }}

),

print_placements as (

    select * from {{ ref('print_placements') }}

),

choosy_channels as (

    select distinct channel_code from channel_formats

),

told_bytes as (

    select
        asset_use_key,
        max(returned_bytes) as size_bytes
    from rendition_requests
    group by asset_use_key

),

derived_bytes as (

    select
        asset_key,
        version_number,
        transformation,
        format_code,
        max(size_bytes) as size_bytes
    from derived_files
    group by asset_key, version_number, transformation, format_code

),

delivered as (

    -- An address that is not ours, or that has more than one reading, says nothing of what it delivers.
    select
        judged_uses.asset_use_key,
        judged_uses.communication_key,
        judged_uses.rendering_key,
        judged_uses.asset_key,
        judged_uses.asset_version_key,
        judged_uses.asset_use_id,
        judged_uses.channel_code,
        judged_uses.placeholder_name,
        judged_uses.binding,
        judged_uses.delivery_url,
        judged_uses.transformation,
        judged_uses.version_number,
        judged_uses.generated_at,
        judged_uses._log_index,
        asset_uses.quality_code,
        asset_uses.has_auto_format,
        asset_uses.has_auto_quality,
        asset_uses.has_named_transformation,
        asset_uses.has_conflicts,
        versions.format_code as original_format_code,
        versions.size_bytes as original_bytes,
        -- A parameter goes before the ending, the ending before the format of the upload.
        case
            when asset_uses.has_auto_format then 'auto'
            else
                coalesce(
                    asset_uses.transformed_format_code, asset_uses.delivery_format_code, versions.format_code
                )
        end as delivered_format_code,
        case
            when asset_uses.transformed_width_px is not null then asset_uses.transformed_width_px
            when not asset_uses.is_resized then versions.width_px
        end as delivered_width_px,
        print_placements.printed_width_mm
    from asset_uses
    inner join judged_uses
        on asset_uses.asset_use_key = judged_uses.asset_use_key
    left join versions
        on judged_uses.asset_version_key = versions.asset_version_key
    left join print_placements
        on
            judged_uses.channel_code = 'print'
            and judged_uses.placeholder_name = print_placements.placeholder_name
            and judged_uses.generated_at >= print_placements.valid_from
            and judged_uses.generated_at < print_placements.valid_to
    where
        (judged_uses.channel_code = 'print' and asset_uses.binding = 'embedded')
        or (
            asset_uses.binding = 'live_url'
            and asset_uses.delivery_state = 'parsed'
            and {{ is_our_cloud('asset_uses.delivery_cloud_name') }}
        )

),

ruled as (

    select
        delivered.*,
        coalesce(told_bytes.size_bytes, derived_bytes.size_bytes) as rendition_bytes,
        channel_policies.max_width_px,
        channel_policies.min_dpi,
        channel_policies.needs_auto_format,
        channel_policies.needs_auto_quality,
        channel_policies.channel_code is not null as has_policy,
        choosy_channels.channel_code is not null as has_formats,
        channel_formats.channel_code is not null as is_format_taken,
        cast(
            delivered.delivered_width_px * 254 / nullif(delivered.printed_width_mm * 10, 0) as bigint
        ) as printed_dpi
    from delivered
    left join channel_policies
        on
            delivered.channel_code = channel_policies.channel_code
            and delivered.generated_at >= channel_policies.valid_from
            and delivered.generated_at < channel_policies.valid_to
    left join choosy_channels
        on delivered.channel_code = choosy_channels.channel_code
    left join channel_formats
        on
            delivered.channel_code = channel_formats.channel_code
            and delivered.delivered_format_code = channel_formats.format_code
            and delivered.generated_at >= channel_formats.valid_from
            and delivered.generated_at < channel_formats.valid_to
    left join told_bytes
        on delivered.asset_use_key = told_bytes.asset_use_key
    left join derived_bytes
        on
            delivered.asset_key = derived_bytes.asset_key
            and delivered.version_number = derived_bytes.version_number
            and delivered.transformation = derived_bytes.transformation
            and delivered.delivered_format_code = derived_bytes.format_code

),

judged as (

    select
        *,
        case
            when has_conflicts then 'conflicting_records'
            when generated_at is null then 'instant_unknown'
            when not has_policy and not has_formats then 'no_policy'
            when has_formats and not is_format_taken and delivered_format_code <> 'auto' then 'format_not_taken'
            when delivered_width_px > max_width_px then 'wider_than_delivered'
            when has_named_transformation then 'not_told'
            when needs_auto_format and not has_auto_format then 'format_not_automatic'
            when needs_auto_quality and not has_auto_quality then 'quality_not_automatic'
            when delivered_width_px * 254 < min_dpi * printed_width_mm * 10 then 'printed_too_coarse'
            when delivered_format_code is null and has_formats then 'not_told'
            when delivered_width_px is null and coalesce(max_width_px, min_dpi) is not null then 'not_told'
            when printed_width_mm is null and min_dpi is not null then 'not_told'
            else 'fits'
        end as policy_reason
    from ruled

)

select
    cast(asset_use_key as {{ text_type() }}) as asset_use_key,
    cast(communication_key as {{ text_type() }}) as communication_key,
    cast(rendering_key as {{ text_type() }}) as rendering_key,
    cast(asset_key as {{ text_type() }}) as asset_key,
    cast(asset_version_key as {{ text_type() }}) as asset_version_key,
    cast(asset_use_id as {{ text_type() }}) as asset_use_id,
    cast(channel_code as {{ text_type() }}) as channel_code,
    cast(placeholder_name as {{ text_type() }}) as placeholder_name,
    cast(binding as {{ text_type() }}) as binding,
    cast(delivery_url as {{ text_type() }}) as delivery_url,
    cast(transformation as {{ text_type() }}) as transformation,
    cast(original_format_code as {{ text_type() }}) as original_format_code,
    cast(delivered_format_code as {{ text_type() }}) as delivered_format_code,
    cast(quality_code as {{ text_type() }}) as quality_code,
    cast(policy_reason as {{ text_type() }}) as policy_reason,
    cast(delivered_width_px as bigint) as delivered_width_px,
    cast(printed_dpi as bigint) as printed_dpi,
    cast(original_bytes as bigint) as original_bytes,
    cast(rendition_bytes as bigint) as rendition_bytes,
    cast(original_bytes - rendition_bytes as bigint) as saved_bytes,
    cast(has_auto_format as boolean) as has_auto_format,
    cast(has_auto_quality as boolean) as has_auto_quality,
    cast(generated_at as {{ instant_type() }}) as generated_at,
    cast(_log_index as bigint) as _log_index
from judged
