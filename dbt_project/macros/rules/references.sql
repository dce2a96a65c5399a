{#- What is judged, by a key that the build can afford to join by. -#}

{% macro reference_types() -%}
{#- Each type of reference and its digit, which goes before the digits of its subject. A number is never given anew. -#}
{{ return({
    'asset_use': '1',
    'publication': '2',
    'publication_now': '3',
    'distribution': '4',
    'distribution_now': '5',
    'retrieved_asset': '6',
    'template_link': '7',
    'launch_visual': '8',
    'download': '9',
    'media_target': 'a',
    'media_target_now': 'b',
    'exposure': 'c',
    'case': 'd',
    'output_link': 'e',
}) }}
{%- endmacro %}

{% macro reference_key(reference_type, subject_key) -%}
{#- Key of one thing to judge: the digit of its type before the first 120 bits of its subject's key, as a whole number.
    `reference_type` is the name of a type, `subject_key` a column. -#}
{{ narrow_key(reference_types()[reference_type], subject_key) }}
{%- endmacro %}

{% macro is_no_asset_use(key) -%}
{#- Whether a reference's key is of another type than an asset use: its first digit says it. Written out, a number of
    that digit and thirty zeros is sixteen to the power of thirty, times the digit. -#}
{%- set first = 16 ** 30 -%}
not ({{ key }} >= {{ first }} and {{ key }} < {{ 2 * first }})
{%- endmacro %}

{% macro join_key(key) -%}
{#- The key of a version or an approval as a whole number, of which a use carries one: at the mart's edge it finds the
    texts of its version or approval by it. -#}
{{ narrow_key('0', key) }}
{%- endmacro %}
