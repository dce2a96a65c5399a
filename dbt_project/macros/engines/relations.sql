{#- How a table or a view takes its place on DuckDB. dbt's own way makes it beside, renames the old one and the new one and
    drops the old one: steps for databases whose readers see them, and each of them costs dbt more than most models cost
    DuckDB. Nobody reads the build file while it is written, and DuckDB takes a drop back with its transaction: it is
    replaced at once, and a model that fails leaves what stood there. A table without a contract may read what stood there,
    too; one with a contract is made empty, with its columns, before it is filled. -#}

{% materialization table, adapter='duckdb' %}
{{ return(made_in_place('table')) }}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
{{ return(made_in_place('view')) }}
{% endmaterialization %}

{% macro made_in_place(type) -%}
{#- Makes the model's table or view where the old one stood, in one transaction. Of what dbt's own way does besides, the
    house has hooks alone: no index, no grant, no comment in the build file. -#}
{%- set target = this.incorporate(type=type) -%}
{%- set found = load_cached_relation(this) -%}
{{ run_hooks(pre_hooks, inside_transaction=False) }}
{{ run_hooks(pre_hooks, inside_transaction=True) }}
{%- call statement('main') -%}
{%- if found is not none and (found.type != type or type == 'view' or config.get('contract').enforced) %}
drop {{ found.type }} if exists {{ found }};
{%- endif %}
{%- if type == 'view' %}
{{ get_create_view_as_sql(target, compiled_code) }}
{%- elif config.get('contract').enforced %}
{{ create_table_as(False, target, compiled_code) }}
{%- else %}
create or replace table {{ target }} as (
    {{ compiled_code }}
);
{%- endif %}
{%- endcall -%}
{%- if found is not none and found.type != type -%}
    {%- do adapter.cache_dropped(found) -%}
{%- endif -%}
{{ run_hooks(post_hooks, inside_transaction=True) }}
{%- do adapter.commit() -%}
{{ run_hooks(post_hooks, inside_transaction=False) }}
{{ return({'relations': [target]}) }}
{%- endmacro %}
