{#- Cloudinary delivery URLs: what one that carries a version says. Without a version the text alone does not tell a
    folder from a transformation, so nothing is read from it. -#}

{% macro delivery_url_part(url, part) -%}
{%- set groups = {'resource_type': 1, 'delivery_type': 2, 'version_number': 3, 'public_id': 4} -%}
{%- set start = '^https?://[^/?#]+/(?:[^?#]*/)?(image|video|raw)/(upload|private|authenticated)/' -%}
nullif(url_decode(regexp_extract(
    {{ url }}, '{{ start }}(?:[^?#]*/)?v([0-9]{1,18})/([^?#]+)', {{ groups[part] }}
)), '')
{%- endmacro %}

{% macro delivery_url_transformation(url) -%}
{#- What a delivery URL with a version asks for; NULL: the file as it was uploaded, or no such URL. -#}
{%- set start = '^https?://[^/?#]+/(?:[^?#]*/)?(?:image|video|raw)/(?:upload|private|authenticated)/' -%}
nullif(url_decode(regexp_extract({{ url }}, '{{ start }}(?:([^?#]*)/)?v[0-9]{1,18}/[^?#]+', 1)), '')
{%- endmacro %}

{% macro replaced_everywhere(text, pattern, by) -%}
{#- The text with every part that a pattern finds replaced; `by` may hold what the first parentheses found, as `\1`. -#}
regexp_replace({{ text }}, '{{ pattern }}', '{{ by }}', 'g')
{%- endmacro %}

{% macro without_extension(name) -%}
regexp_replace({{ name }}, '[.][^./]+$', '')
{%- endmacro %}

{% macro extension_of(name) -%}
nullif(regexp_extract({{ name }}, '[.]([^./]+)$', 1), '')
{%- endmacro %}

{% macro delivery_url_cloud(url) -%}
{#- The cloud that a URL names; NULL where the host alone says it (or nothing does). -#}
nullif(regexp_extract(
    {{ url }}, '^https?://[^/?#]+/([^/?#]+)/(?:image|video|raw)/(?:upload|private|authenticated)/', 1
), '')
{%- endmacro %}

{% macro has_layer(transformation) -%}
{#- Whether a transformation lays another asset or a text over (`l_`) or under (`u_`) the image. -#}
coalesce(regexp_matches({{ transformation }}, '(^|[,/])[lu]_'), false)
{%- endmacro %}

{% macro delivered_rendition(url) -%}
{#- What an address delivers, to compare two of them: without scheme, query and fragment, and without the version number,
    since the newest bytes are served whatever version it names. -#}
regexp_replace(regexp_replace(regexp_replace({{ url }}, '^[A-Za-z]+://', ''), '[?#].*$', ''), '/v[0-9]+/', '/')
{%- endmacro %}

{% macro holds_text(text, part) -%}
(strpos({{ text }}, {{ part }}) > 0)
{%- endmacro %}

{% macro is_address(reference) -%}
{{ holds_text(reference, "'://'") }}
{%- endmacro %}

{% macro is_asset_id(reference) -%}
{#- Whether a text has the shape of Cloudinary's asset ids; everything else is a public id or an address. -#}
regexp_full_match({{ reference }}, '[0-9a-f]{32}')
{%- endmacro %}

{% macro transformation_value(transformation, key) -%}
{#- The last value of a parameter (`w`, `f`, `q`) in a chain of transformations, which is the one that counts. -#}
regexp_extract_all({{ transformation }}, '(?:^|[,/]){{ key }}_([^,/]+)', 1)[-1]
{%- endmacro %}

{% macro has_transformation_value(transformation, key, value) -%}
{#- Whether a parameter has a value anywhere in a chain of transformations, with or without a finer point behind it. -#}
coalesce(regexp_matches({{ transformation }}, '(^|[,/]){{ key }}_{{ value }}([:,/]|$)'), false)
{%- endmacro %}

{% macro is_resized(transformation) -%}
{#- Whether a transformation may change the size: by width, height, proportion or a named transformation. -#}
coalesce(regexp_matches({{ transformation }}, '(^|[,/])(w|h|ar|c|t|dpr|if)_'), false)
{%- endmacro %}

{% macro target_fields() -%}
{#- What an object that says where a thumbnail leads may hold. -#}
{{ return({'asset_id': 'VARCHAR', 'public_id': 'VARCHAR', 'url': 'VARCHAR', 'version': 'VARCHAR'}) }}
{%- endmacro %}

{% macro target_struct(target) -%}
{#- Struct of such an object; every field is NULL where the target is a plain text. -#}
{{ json_struct("case when starts_with(" ~ target ~ ", '{') then " ~ target ~ " else '{}' end", target_fields()) }}
{%- endmacro %}

{% macro target_text(target) -%}
{#- The target where it is a plain text: an address, an asset id or a public id. -#}
case when not starts_with({{ target }}, '{') then {{ target }} end
{%- endmacro %}
