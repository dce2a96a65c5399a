with

asset_uses as (

    select
        *,
        {{ target_struct('target_reference') }} as destination,
        {{ target_text('target_reference') }} as target_text
    from
        {{ first_copies(
            source('exstream', 'asset_uses'), ['domain', 'communication_id', 'rendering_id', 'ordinal']
        ) }}

)

select
    {{ surrogate_key(['domain', 'communication_id', 'rendering_id', 'ordinal']) }} as asset_use_key,
    {{ surrogate_key(['domain', 'communication_id']) }} as communication_key,
    {{ surrogate_key(['domain', 'communication_id', 'rendering_id']) }} as rendering_key,
    domain as domain_code,
    communication_id as communication_id_exstream,
    rendering_id as rendering_id_exstream,
    asset_id as asset_id_cloudinary,
    placeholder as placeholder_name,
    binding,
    public_id,
    lower(nullif(etag, '')) as etag,
    url as delivery_url,
    delivery_state,
    delivery_cloud as delivery_cloud_name,
    delivery_resource_type,
    delivery_type,
    delivery_transformation as transformation,
    delivery_public_id,
    delivery_format as delivery_format_code,
    nullif({{ transformation_value('delivery_transformation', 'f') }}, 'auto') as transformed_format_code,
    {{ transformation_value('delivery_transformation', 'q') }} as quality_code,
    target_reference,
    coalesce(destination.url, case when {{ is_address('target_text') }} then target_text end) as target_url,
    coalesce(destination.asset_id, case when {{ is_asset_id('target_text') }} then target_text end)
        as target_asset_id_cloudinary,
    coalesce(
        destination.public_id,
        case when not {{ is_address('target_text') }} and not {{ is_asset_id('target_text') }} then target_text end
    ) as target_public_id,
    ordinal,
    version as version_number,
    delivery_version as delivery_version_number,
    {{ whole_number('destination.version') }} as target_version_number,
    {{ whole_number(transformation_value('delivery_transformation', 'w')) }} as transformed_width_px,
    {{ has_transformation_value('delivery_transformation', 'f', 'auto') }} as has_auto_format,
    {{ has_transformation_value('delivery_transformation', 'q', 'auto') }} as has_auto_quality,
    {{ has_transformation_value('delivery_transformation', 't', '[^,/]+') }} as has_named_transformation,
    {{ is_resized('delivery_transformation') }} as is_resized,
    has_conflicts,
    _load_id,
    _loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from asset_uses
