with

asset_references as (

    select * from {{ ref('int_references__unioned') }}

),

grace_days as (

    select * from {{ ref('grace_days') }}

),

rules as (

    -- The channel's own rule goes before the rule for every channel.
    select
        asset_references.reference_key,
        grace_days.grace_days,
        row_number() over (
            partition by asset_references.reference_key
            order by case when grace_days.channel_code = '*' then 1 else 0 end asc, grace_days.valid_from desc
        ) as rule_number
    from asset_references
    inner join grace_days
        on
            asset_references.judged_at >= grace_days.valid_from
            and asset_references.judged_at < grace_days.valid_to
            and (grace_days.channel_code = '*' or grace_days.channel_code = asset_references.channel_code)

)

select
    asset_references.reference_key,
    {{ days_from('asset_references.judged_at', '-coalesce(rules.grace_days, 0)') }} as superseded_if_before
from asset_references
left join rules
    on
        asset_references.reference_key = rules.reference_key
        and rules.rule_number = 1
