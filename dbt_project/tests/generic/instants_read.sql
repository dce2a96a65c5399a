{% test instants_read(model, columns) %}
{#- Every vendor time that was given was also read: a text without a zone, or no time at all, is found here. -#}
select *
from {{ model }}
where
    {% for column in columns -%}
    {% if not loop.first %}or {% endif %}({{ column }}_raw is not null and {{ column }} is null)
    {% endfor %}
{% endtest %}
