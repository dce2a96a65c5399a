{{ config(materialized='view') }}

with

asset_references as (

    select * from {{ ref('int_references__covered') }}

),

rules as (

    select * from {{ channel_rules(ref('grace_days'), ['grace_days']) }} as periods

)

select
    asset_references.*,
    {{ days_from('asset_references.judged_at', '-coalesce(rules.grace_days, 0)') }} as superseded_if_before
from asset_references
left join rules
    on
        {{ ruled_channel('asset_references.channel_code', ref('grace_days')) }} = rules.channel_code
        and asset_references.judged_at >= rules.valid_from
        and asset_references.judged_at < rules.valid_to
