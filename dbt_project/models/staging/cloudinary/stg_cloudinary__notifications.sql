with

notifications as (

    -- A queue may give a message twice: as it landed first it stands.
    select * from {{ first_copies(
        source('cloudinary', 'notifications'), ['digest', 'ordinal'], order=['_loaded_at', '_row_hash', '_log_index']
    ) }}

),

parsed as (

    select
        *,
        {{ metadata_struct('new_metadata') }} as new_fields,
        {{ metadata_struct('previous_metadata') }} as previous_fields
    from notifications

)

select
    {{ surrogate_key(['digest', 'ordinal']) }} as notification_key,
    digest as notification_hash,
    request_id,
    triggered_by_id,
    asset_id as asset_id_cloudinary,
    version_id as version_id_cloudinary,
    notification_type,
    triggered_by_source as triggered_by_type,
    resource_type,
    type as delivery_type,
    public_id,
    from_public_id,
    to_public_id,
    lower(nullif(etag, '')) as etag,
    format as format_code,
    moderation_status,
    moderation_kind,
    case
        when notification_type = 'resource_context_changed' then {{ own_mark_of_context('change') }}
    end as context_mark,
    change as change_json,
    ordinal,
    version as version_number,
    bytes as size_bytes,
    width as width_px,
    height as height_px,
    is_overwritten,
    new_metadata is not null as has_new_metadata,
    previous_metadata is not null as has_previous_metadata,
    coalesce({{ has_readable_limits('new_fields') }}, true) as has_readable_limits,
    {{ metadata_columns('new_fields') }},
    {{ metadata_columns('previous_fields', 'previous_') }},
    {{ instant('timestamp_raw') }} as occurred_at,
    timestamp_raw as occurred_at_raw,
    _load_id,
    _loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from parsed
