{{ config(materialized='table_in_increments') }}
-- depends_on: {{ ref('int_increments__weighed') }}
-- depends_on: {{ ref('int_partitions__affected') }}
{{ staged_renderings(of_affected_partitions(source('exstream', 'renderings')), has_all=false) }}
