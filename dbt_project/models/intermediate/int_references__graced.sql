{{ config(materialized='view') }}

with

asset_references as (

    select * from {{ ref('int_references__covered') }}

),

grace_days as (

    select * from {{ ref('grace_days') }}

),

own_rules as (

    select * from grace_days
    where channel_code <> '*'

),

common_rules as (

    select * from grace_days
    where channel_code = '*'

)

-- The channel's own rule goes before the rule for every channel.
select
    asset_references.*,
    {{ days_from('asset_references.judged_at', '-coalesce(own_rules.grace_days, common_rules.grace_days, 0)') }}
        as superseded_if_before
from asset_references
left join own_rules
    on
        asset_references.channel_code = own_rules.channel_code
        and asset_references.judged_at >= own_rules.valid_from
        and asset_references.judged_at < own_rules.valid_to
left join common_rules
    on
        asset_references.judged_at >= common_rules.valid_from
        and asset_references.judged_at < common_rules.valid_to
