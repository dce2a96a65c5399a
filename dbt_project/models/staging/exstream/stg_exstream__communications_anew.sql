{{ config(materialized='table_in_increments') }}
-- depends_on: {{ ref('int_increments__weighed') }}
-- depends_on: {{ ref('int_partitions__affected') }}
{{ staged_communications(of_affected_partitions(source('exstream', 'communications')), has_all=false) }}
