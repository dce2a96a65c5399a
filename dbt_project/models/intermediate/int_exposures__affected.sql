{{ config(materialized='view') }}

with

exposures as (

    select * from {{ ref('int_exposures__bounded') }}

),

asset_uses as (

    select * from {{ ref('stg_exstream__asset_uses_anew') }}

)

select asset_use_key from exposures

union

-- A use that was a live link may no longer be one: a copy says otherwise.
select asset_use_key from asset_uses
