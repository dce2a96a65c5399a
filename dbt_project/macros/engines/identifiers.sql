{#- Identifiers of goods, names of files that carry them, and numbers of interchanges. -#}

{% macro gtin14(gtin) -%}
{#- A GTIN of 8, 12, 13 or 14 digits as its fourteen; NULL for any other text, or with a wrong check digit. -#}
case
    when
        regexp_full_match({{ gtin }}, '[0-9]{8}|[0-9]{12,14}')
        and (
            {% for place in range(1, 15) -%}
            {{ whole_number("substr(lpad(" ~ gtin ~ ", 14, '0'), " ~ place ~ ", 1)") }} * {{ 3 if place is odd else 1 }}
            {%- if not loop.last %} + {% endif %}
            {% endfor %}
        ) % 10 = 0
        then lpad({{ gtin }}, 14, '0')
end
{%- endmacro %}

{% macro gtin14_in_name(file_name) -%}
{#- The fourteen digits that a file name by GS1's habit begins with; NULL where it does not. -#}
nullif(regexp_extract({{ file_name }}, '^([0-9]{14})_', 1), '')
{%- endmacro %}

{% macro has_character_no_catalogue_takes(file_name) -%}
regexp_matches({{ file_name }}, '[<>^:&?\\\\/|+%]')
{%- endmacro %}

{% macro without_leading_zeros(number) -%}
regexp_replace(trim({{ number }}), '^0+', '')
{%- endmacro %}
