{% test is_key(model, column_name) %}
{#- The column names every row, and no two rows alike. -#}
select
    {{ column_name }} as key_value,
    count(*) as row_count
from {{ model }}
group by {{ column_name }}
having count(*) > 1 or {{ column_name }} is null
{% endtest %}
