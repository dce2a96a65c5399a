{% macro correction_columns(
    kind, subject_id, asset_id, public_id, resource_type, desired_version, desired_etag, desired_format,
    exception_key='exceptions.exception_key', reason='exceptions.reason', community_id='null', case_id='null',
    publication_id='null', target_id='null', target_version='null', expected_version='null', expected_etag='null',
    rendition='null', region='null', language='null', device='null', transformation='null', message='null',
    is_in_effect='false'
) -%}
{#- The columns that every kind of correction has, in the order in which they are united. `kind` is a name, every other
    argument an expression; `exceptions` is the alias of the exceptions that it answers. The same difference of the same
    object has the same key in every build. -#}
    {%- set parts = ["'" ~ kind ~ "'", subject_id, desired_version, desired_etag] -%}
    {%- if message != 'null' -%}{%- set parts = parts + [message] -%}{%- endif %}
    {{ surrogate_key(parts) }} as correction_key,
    cast('{{ kind }}' as {{ text_type() }}) as kind,
    cast({{ exception_key }} as {{ text_type() }}) as exception_key,
    cast({{ subject_id }} as {{ text_type() }}) as subject_id,
    cast({{ community_id }} as {{ text_type() }}) as community_id_trading_grid,
    cast({{ case_id }} as {{ text_type() }}) as case_id_trading_grid,
    cast({{ publication_id }} as {{ text_type() }}) as publication_id_trading_grid,
    cast({{ target_id }} as {{ text_type() }}) as target_id,
    cast({{ target_version }} as bigint) as target_version_number,
    cast({{ asset_id }} as {{ text_type() }}) as asset_id_cloudinary,
    cast({{ public_id }} as {{ text_type() }}) as public_id,
    cast({{ resource_type }} as {{ text_type() }}) as resource_type,
    cast({{ expected_version }} as bigint) as expected_version_number,
    cast({{ expected_etag }} as {{ text_type() }}) as expected_etag,
    cast({{ desired_version }} as bigint) as desired_version_number,
    cast({{ desired_etag }} as {{ text_type() }}) as desired_etag,
    cast({{ desired_format }} as {{ text_type() }}) as desired_format_code,
    cast({{ rendition }} as {{ text_type() }}) as desired_rendition_name,
    cast({{ region }} as {{ text_type() }}) as desired_region_code,
    cast({{ language }} as {{ text_type() }}) as desired_language_code,
    cast({{ device }} as {{ text_type() }}) as desired_device_code,
    cast({{ transformation }} as {{ text_type() }}) as desired_transformation,
    cast({{ message }} as {{ text_type() }}) as message_text,
    cast({{ reason }} as {{ text_type() }}) as reason,
    cast({{ is_in_effect }} as boolean) as is_in_effect
{%- endmacro %}

{% macro light_rendition(resource_type) -%}
{#- The transformation of what is published anew for the web: the format and quality that Cloudinary finds best. -#}
case when {{ resource_type }} = 'image' then 'f_auto,q_auto' end
{%- endmacro %}
