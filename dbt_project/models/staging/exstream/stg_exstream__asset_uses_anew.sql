{{ config(materialized='table_in_increments') }}
-- depends_on: {{ ref('int_increments__weighed') }}
-- depends_on: {{ ref('int_partitions__affected') }}
{{ staged_asset_uses(of_affected_partitions(source('exstream', 'asset_uses')), has_all=false) }}
