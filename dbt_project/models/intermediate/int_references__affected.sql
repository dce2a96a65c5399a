{{ config(materialized='view') }}

with

asset_references as (

    select * from {{ ref('int_references__unioned') }}

),

asset_uses as (

    select * from {{ ref('stg_exstream__asset_uses_anew') }}

)

-- A use that had to be judged by its candidates may have become plain: what was said of it goes, too.
select reference_key
from asset_references
where reference_type <> 'asset_use'

union all

select {{ reference_key('asset_use', 'asset_use_key') }} as reference_key
from asset_uses
