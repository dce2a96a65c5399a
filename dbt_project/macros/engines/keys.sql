{#- Keys and hashes. -#}

{% macro surrogate_key(columns) -%}
{#- Lower-case hex SHA-256 over the columns' texts, joined by a separator that no vendor id holds; NULL has a mark. -#}
sha256(concat_ws(
    chr(31){% for column in columns %}, coalesce(cast({{ column }} as {{ text_type() }}), chr(0)){% endfor %}

))
{%- endmacro %}

{% macro narrow_key(first_digit, key) -%}
{#- A hexadecimal digit and the first 120 bits of a surrogate key as one whole number: where rows are many, joining and
    grouping by it costs a third of what the text costs. Two of a thousand million keys that are alike in 120 bits are not
    to be expected, and the test of the key finds them. By way of bits: DuckDB before 2 reads no such number from text. -#}
try(cast(cast(unhex(lpad('{{ first_digit }}' || left({{ key }}, 30), 32, '0')) as bit) as {{ narrow_key_type() }}))
{%- endmacro %}

{% macro narrow_key_type() -%}
hugeint
{%- endmacro %}

{% macro summable_hash(text) -%}
{#- The first 96 bits of a text's SHA-256 as a whole number, of which a group has one sum in whichever order it is read: two
    groups of so many texts are alike in it if they hold the same ones. -#}
cast(cast(unhex('00000000' || left(sha256({{ text }}), 24)) as bit) as {{ narrow_key_type() }})
{%- endmacro %}
