{#- What staging makes of landed notifications, whichever of them are read: all, or those of the assets that are derived
    anew. -#}

{% macro staged_notifications(records) -%}
with

notifications as (

    -- A queue may give a message twice: as it landed first it stands.
    select * from {{ first_copies(
        records, ['digest', 'ordinal'], order=['_loaded_at', '_row_hash', '_log_index']
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
    -- By its token or by its name: an asset was deleted.
    case when notification_type = 'delete_by_token' then 'delete' else notification_type end as notification_type,
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
    {{ instant(metadata_field('new_fields', 'valid_from')) }} as valid_from,
    {{ instant(metadata_field('new_fields', 'valid_to')) }} as valid_to,
    {{ instant('timestamp_raw') }} as occurred_at,
    timestamp_raw as occurred_at_raw,
    _load_id,
    _loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from parsed
{%- endmacro %}

{% macro staged_notifications_of(records, assets) -%}
{#- The notifications that an increment asks of the assets that it makes anew (a model with their ids), and those that name
    no asset; in a full build all. Every copy of them is looked for: another one may name another asset. -#}
{%- if is_increment() -%}
select *
from (
    {{ staged_notifications(_of_assets_as_landed(records, assets)) }}
) as staged
where asset_id_cloudinary is null or asset_id_cloudinary in (select asset_id_cloudinary from {{ assets }})
{%- else -%}
{{ staged_notifications(records) }}
{%- endif -%}
{%- endmacro %}

{% macro _of_assets_as_landed(records, assets) -%}
(
    select * from {{ records }}
    where
        digest in (
            select digest from {{ records }}
            where asset_id is null or asset_id in (select asset_id_cloudinary from {{ assets }})
        )
)
{%- endmacro %}
