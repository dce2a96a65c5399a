{#- How a build replaces a part of a table: a full build makes every table anew; an increment replaces the partitions that
    `int_partitions__affected` names, by deleting and inserting, and never merges; where those are a large part of all,
    it makes everything anew, too (`int_increments__weighed`). What is told of assets is replaced by asset. -#}

{% macro is_increment() -%}
{#- Whether this build adds to the one that the build file holds: the batches which that one has read are then laid beside
    the projection (`log.built_batches`). Who lays them has made sure that the file holds that build whole, made by the
    same rules, seeds and settings; without them everything is made anew. A unit test is of everything, too. While dbt
    only reads the project, both ways are seen. -#}
{%- if not execute -%}
    {{ return(true) }}
{%- endif -%}
{%- if flags.FULL_REFRESH or flags.EMPTY or flags.WHICH not in ('build', 'run') or model.resource_type == 'unit_test' -%}
    {{ return(false) }}
{%- endif -%}
{%- set found = run_query('select count(*) as batch_count from raw_log.built_batches') -%}
{{ return(found.columns[0].values()[0] > 0) }}
{%- endmacro %}

{% macro replaces_partitions() -%}
{#- Whether this increment replaces the affected partitions: it does not where they are so many that making everything
    anew costs less. A model that asks depends on `int_increments__weighed`, which says so. -#}
{%- if not is_increment() -%}
    {{ return(false) }}
{%- endif -%}
{%- if not execute -%}
    {{ return(true) }}
{%- endif -%}
{%- set found = run_query('select is_all_made_anew from ' ~ ref('int_increments__weighed')) -%}
{{ return(not found.columns[0].values()[0]) }}
{%- endmacro %}

{% macro replaced_by_asset(assets) -%}
{#- Configures a table whose rows are replaced by asset: `assets` is the model that lists the assets of this build. They are
    known before it is known which communications are affected, so that nothing is weighed: the table is small beside those
    of uses, and replacing all of it takes little more than making it anew. -#}
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='asset_id_cloudinary',
    on_schema_change='fail',
    meta={'partitions': assets, 'is_weighed': false},
) }}
{%- endmacro %}

{% macro of_assets(records, assets) -%}
{#- The rows of the assets that this build makes anew (a model with their ids): in a full build all. -#}
{%- if is_increment() -%}
(
    select * from {{ records }}
    where asset_id_cloudinary in (select asset_id_cloudinary from {{ assets }})
)
{%- else -%}
{{ records }}
{%- endif -%}
{%- endmacro %}

{% macro of_names_of_assets(names, assets) -%}
{#- The rows of all names that the assets of this build hold, whoever else holds them: in a full build all. -#}
{%- if is_increment() -%}
(
    select * from {{ names }}
    where public_id in (select public_id from {{ of_assets(names, assets) }} as of_these_assets)
)
{%- else -%}
{{ names }}
{%- endif -%}
{%- endmacro %}

{% macro replaces_rows() -%}
{#- Whether the model at hand replaces a part of its table in this build. -#}
{%- if (model.config.meta or {}).get('is_weighed', true) -%}
    {{ return(replaces_partitions()) }}
{%- endif -%}
{{ return(is_increment()) }}
{%- endmacro %}

{% macro replaced_by_partition(key, partitions, always=none, unlike=()) -%}
{#- Configures a table whose partitions are replaced: `key` is the column that names a row's partition, `partitions` the
    model that lists those of this build in a column of the same name. Rows of which `always` (a condition) holds are
    made anew in every build. `unlike` are columns of text of which no two rows hold the same. -#}
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=key,
    on_schema_change='fail',
    meta={'partitions': partitions, 'always_replaced': always, 'unlike': unlike | list},
) }}
{%- endmacro %}

{% materialization table_in_increments, adapter='duckdb' %}
{#- A view of all in a full build; in an increment a table of the part that it replaces, which several models read: each
    of them would look for it among all that landed. -#}
{%- if replaces_rows() -%}
    {{ return(materialization_table_duckdb()) }}
{%- endif -%}
{{ return(materialization_view_duckdb()) }}
{% endmaterialization %}

{% macro of_affected_partitions(records) -%}
{#- The landed records of the communications that this build derives anew: in a full build all. -#}
{%- if replaces_partitions() -%}
(
    select * from {{ records }}
    where communication_id in (select communication_id_exstream from {{ ref('int_partitions__affected') }})
)
{%- else -%}
{{ records }}
{%- endif -%}
{%- endmacro %}

{% macro of_replaced_partitions(table, key, partitions) -%}
{#- The rows of a kept table that this build has made: in an increment those whose partition it has replaced. -#}
{%- if replaces_partitions() -%}
(select * from {{ table }} where {{ key }} in (select {{ key }} from {{ partitions }}))
{%- else -%}
{{ table }}
{%- endif -%}
{%- endmacro %}

{% macro duckdb__get_delete_insert_merge_sql(target, source, unique_key, dest_columns, incremental_predicates) -%}
{#- A partition is emptied before it is filled, also where nothing of it is left: dbt's own statement deletes only what
    comes again. -#}
{%- set columns = get_quoted_csv(dest_columns | map(attribute='name')) -%}
{%- set replaced = config.get('meta') -%}
delete from {{ target }}
where
    {{ unique_key }} in (select {{ unique_key }} from {{ ref(replaced['partitions']) }})
    {%- if replaced['always_replaced'] %}
    or {{ replaced['always_replaced'] }}
    {%- endif %};

insert into {{ target }} ({{ columns }})
select {{ columns }} from {{ source }}
{%- endmacro %}

{% macro duckdb__get_table_columns_and_constraints() -%}
{#- A column of hashes that are all unlike is written as it is: looking for a dictionary in it takes five times as long as
    writing it, and saves no more than half of its bytes. -#}
{%- set unlike = (config.get('meta') or {}).get('unlike', []) -%}
{%- set columns = [] -%}
{%- for column in adapter.render_raw_columns_constraints(raw_columns=model['columns']) -%}
    {%- set is_unlike = column.split(' ')[0] in unlike -%}
    {%- do columns.append(column ~ (' using compression uncompressed' if is_unlike else '')) -%}
{%- endfor -%}
({{ (columns + adapter.render_raw_model_constraints(raw_constraints=model['constraints'])) | join(', ') }})
{%- endmacro %}

{% macro should_full_refresh() -%}
{#- Overrides dbt's: a table of which nobody has said that it may be added to is made anew. -#}
{%- if model.config.materialized == 'incremental' -%}
    {{ return(not replaces_rows()) }}
{%- endif -%}
{{ return(flags.FULL_REFRESH) }}
{%- endmacro %}

{% macro row_text(relation) -%}
{#- All columns of a row of a relation (its name in the query) as one text. -#}
cast({{ relation }} as varchar)
{%- endmacro %}

{% macro with_replaced(relation, columns) -%}
{#- A relation with other expressions for some of its columns. -#}
(select * replace ({% for column, expression in columns.items() %}{{ expression }} as {{ column }}{% if not loop.last %}, {% endif %}{% endfor %}) from {{ relation }})
{%- endmacro %}
