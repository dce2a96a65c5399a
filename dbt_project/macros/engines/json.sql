{#- JSON: parsed once into a struct or a list, in staging only. -#}

{% macro json_struct(json_text, fields) -%}
{#- Struct of one JSON object. `fields` maps a field's name in the object to "VARCHAR" or "JSON". -#}
{%- set entries = [] -%}
{%- for name, type in fields.items() -%}
{%- do entries.append(tojson(name) ~ ':' ~ tojson(type)) -%}
{%- endfor -%}
from_json({{ json_text }}, '{{ ('{' ~ entries | join(',') ~ '}') | replace("'", "''") }}')
{%- endmacro %}

{% macro is_json_text_list(json) -%}
{#- Whether a JSON value is read by `json_text_list` without loss: an array of texts, a text, null, or absent. -#}
case coalesce(json_type({{ json }}), 'NULL')
    when 'ARRAY' then len(list_filter(json_type({{ json }}, '$[*]'), lambda item: item <> 'VARCHAR')) = 0
    else json_type({{ json }}) is null or json_type({{ json }}) in ('NULL', 'VARCHAR')
end
{%- endmacro %}

{% macro json_text_list(json) -%}
{#- Sorted list of texts of a JSON array; a single text is a list of one; absent is the empty list. -#}
coalesce(
    list_sort(list_distinct(
        case json_type({{ json }})
            when 'ARRAY' then from_json({{ json }}, '["VARCHAR"]')
            when 'VARCHAR' then [json_extract_string({{ json }}, '$')]
        end
    )),
    cast([] as varchar[])
)
{%- endmacro %}

{% macro json_reference(json) -%}
{#- How a JSON value names an asset: a text as it stands, an object by its asset id, public id or URL. -#}
case json_type({{ json }})
    when 'VARCHAR' then json_extract_string({{ json }}, '$')
    when 'OBJECT'
        then
            coalesce(
                json_extract_string({{ json }}, '$.asset_id'),
                json_extract_string({{ json }}, '$.public_id'),
                json_extract_string({{ json }}, '$.url')
            )
end
{%- endmacro %}

{% macro json_reference_list(json) -%}
{#- The assets that a JSON array names, in its order; absent is the empty list. -#}
coalesce(
    list_transform(from_json({{ json }}, '["JSON"]'), lambda item: {{ json_reference('item') }}),
    cast([] as varchar[])
)
{%- endmacro %}

{% macro json_object_list(json_text, fields) -%}
{#- List of structs of a JSON array of objects; NULL where there is no array. `fields` maps a field's name in the objects to
    "VARCHAR" or "JSON". -#}
{%- set entries = [] -%}
{%- for name, type in fields.items() -%}
{%- do entries.append(tojson(name) ~ ':' ~ tojson(type)) -%}
{%- endfor -%}
from_json({{ json_text }}, '{{ ('[{' ~ entries | join(',') ~ '}]') | replace("'", "''") }}')
{%- endmacro %}

{% macro each_json_object(json_text, fields) -%}
{#- One row per object of a JSON array of objects, as a struct; no row where there is no array. Stands alone in the
    select list beside plain columns. `fields` maps a field's name in the objects to "VARCHAR" or "JSON". -#}
unnest({{ json_object_list(json_text, fields) }})
{%- endmacro %}
