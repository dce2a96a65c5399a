{% macro duckdb__load_csv_rows(model, agate_table) -%}
{#- Load a seed: from the operator's own rules where `orchestration.own_rules` has laid some of its name for this build,
    which it has checked; else from the seed that is shipped. The rest is what dbt-duckdb does. -#}
{%- set own = landing_home() ~ '/projection/rules/' ~ model.name ~ '.csv' -%}
{%- set found = run_query("select count(*) as file_count from glob('" ~ own ~ "')") -%}
{%- set shipped = adapter.get_seed_file_path(model) | replace("'", "''") -%}
{%- set file = own if found.columns[0].values()[0] > 0 else shipped -%}
{%- set sql -%}
copy {{ this.render() }} from '{{ file }}' (format csv, header true, delimiter ',', quote '"', escape '"')
{%- endset -%}
{%- do adapter.add_query(sql, abridge_sql_log=True) -%}
{{ return(sql) }}
{%- endmacro %}
