{#- The customer's mapping of Cloudinary metadata fields to what they mean here (var `approval_fields`). -#}

{% macro approval_field_types() -%}
{%- set fields = var('approval_fields') -%}
{%- set types = {} -%}
{%- for meaning in ['status', 'approver', 'etag', 'valid_from', 'valid_to', 'campaign', 'product_line', 'gtin'] -%}
    {%- do types.update({fields[meaning]: 'VARCHAR'}) -%}
{%- endfor -%}
{%- for meaning in ['segments', 'jurisdictions', 'offers'] -%}
    {%- do types.update({fields[meaning]: 'JSON'}) -%}
{%- endfor -%}
{{ return(types) }}
{%- endmacro %}

{% macro metadata_struct(json_text) -%}
{{ json_struct(json_text, approval_field_types()) }}
{%- endmacro %}

{% macro metadata_field(struct, meaning) -%}
{{ struct }}."{{ var('approval_fields')[meaning] | replace('"', '""') }}"
{%- endmacro %}

{% macro has_readable_limits(struct) -%}
{#- Whether segments, jurisdictions and offers are lists of texts: anything else must not pass for "no limit". -#}
(
    {{ is_json_text_list(metadata_field(struct, 'segments')) }}
    and {{ is_json_text_list(metadata_field(struct, 'jurisdictions')) }}
    and {{ is_json_text_list(metadata_field(struct, 'offers')) }}
)
{%- endmacro %}

{% macro metadata_columns(struct, prefix='') -%}
{#- The approval's fields out of one parsed metadata struct, named by their meaning. -#}
nullif({{ metadata_field(struct, 'status') }}, '') as {{ prefix }}approval_status_code,
nullif({{ metadata_field(struct, 'approver') }}, '') as {{ prefix }}approver_id,
lower(nullif({{ metadata_field(struct, 'etag') }}, '')) as {{ prefix }}approved_etag,
nullif({{ metadata_field(struct, 'valid_from') }}, '') as {{ prefix }}valid_from_raw,
nullif({{ metadata_field(struct, 'valid_to') }}, '') as {{ prefix }}valid_to_raw,
{{ json_text_list(metadata_field(struct, 'segments')) }} as {{ prefix }}segments_list,
{{ json_text_list(metadata_field(struct, 'jurisdictions')) }} as {{ prefix }}jurisdictions_list,
{{ json_text_list(metadata_field(struct, 'offers')) }} as {{ prefix }}offers_list,
nullif({{ metadata_field(struct, 'campaign') }}, '') as {{ prefix }}campaign_code,
nullif({{ metadata_field(struct, 'product_line') }}, '') as {{ prefix }}product_line_code,
nullif({{ metadata_field(struct, 'gtin') }}, '') as {{ prefix }}gtin
{%- endmacro %}

{% macro field_meaning(field_id) -%}
{#- What a metadata field means here, by the customer's mapping; NULL for one that is not mapped. -#}
{%- set fields = var('approval_fields') -%}
case {{ field_id }}
    {% for meaning in [
        'status', 'approver', 'etag', 'valid_from', 'valid_to', 'segments', 'jurisdictions', 'offers', 'campaign',
        'product_line', 'gtin'
    ] -%}
    when '{{ fields[meaning] | replace("'", "''") }}' then '{{ meaning }}'
    {% endfor -%}
end
{%- endmacro %}
