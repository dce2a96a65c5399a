{#- What a transformation in a Cloudinary address is made of: components between slashes, parameters between commas. -#}

{% macro without_parameter(transformation, name) -%}
{#- The transformation without a parameter, wherever it stands, and without what that leaves empty. -#}
trim(regexp_replace(regexp_replace(regexp_replace(
    regexp_replace({{ transformation }}, '(^|[,/]){{ name }}_[^,/]*', '\1', 'g'),
    ',+(,|/|$)', '\1', 'g'
), '(^|/),+', '\1', 'g'), '/+', '/', 'g'), '/')
{%- endmacro %}
