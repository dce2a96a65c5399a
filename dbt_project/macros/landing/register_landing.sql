{#- What stands between landing and staging: views `raw_<system>.<stream>` over the landed Parquet. -#}

{% macro landing_home() -%}
{%- set home = env_var('ASSETTRAIL_HOME', '') -%}
{%- if not home -%}
    {%- do exceptions.raise_compiler_error(
        "Tried to read the landing: ASSETTRAIL_HOME is not set. Expected the absolute path of the home folder. "
        ~ "Set it, or run dbt through `assettrail build`."
    ) -%}
{%- endif -%}
{{ return(home | replace("'", "''")) }}
{%- endmacro %}

{% macro batches_view_sql() -%}
create or replace view raw_log.batches as
select * from read_parquet('{{ landing_home() }}/projection/log_batches.parquet');
{%- endmacro %}

{% macro built_batches_view_sql() -%}
{#- What the build file's own build has read; no batch at all where this one makes everything anew. -#}
{%- set file = landing_home() ~ '/projection/built_batches.parquet' -%}
{%- set found = run_query("select count(*) as file_count from glob('" ~ file ~ "')") -%}
create or replace view raw_log.built_batches as
{% if found.columns[0].values()[0] > 0 -%}
select * from read_parquet('{{ file }}');
{%- else -%}
select * from raw_log.batches where false;
{%- endif %}
{%- endmacro %}

{% macro landing_view_sql(system, stream) -%}
{#- Rows of accepted batches only; a file whose batch has no accepted leaf (held, rejected, cut off) is not seen. -#}
create or replace view raw_{{ system }}.{{ stream }} as
select landed.*, batches.log_index as _log_index
from read_parquet(
    '{{ landing_home() }}/landing/{{ system }}/{{ stream }}/**/*.parquet',
    union_by_name = true,
    hive_partitioning = false
) as landed
inner join raw_log.batches as batches
    on landed._load_id = batches.load_id
    and batches.system = '{{ system }}'
    and batches.stream = '{{ stream }}'
where batches.outcome = 'accepted';
{%- endmacro %}

{% macro register_landing() -%}
{%- if execute and flags.WHICH in ('build', 'run', 'test', 'show') and not flags.EMPTY -%}
    {%- set statements = ['create schema if not exists raw_log;', batches_view_sql(), built_batches_view_sql()] -%}
    {%- for node in graph.sources.values() if node.source_name != 'log' -%}
        {%- do statements.append('create schema if not exists ' ~ node.schema ~ ';') -%}
        {%- do statements.append(landing_view_sql(node.source_name, node.name)) -%}
    {%- endfor -%}
    {%- do run_query(statements | join('\n')) -%}
{%- endif -%}
{%- endmacro %}
