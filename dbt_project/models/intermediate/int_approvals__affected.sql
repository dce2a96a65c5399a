-- Which approvals are read anew: docs/decisions/0047-what-is-told-of-an-asset-is-kept.md
with

arrived as (

    select * from {{ ref('int_assets__affected') }}

),

notifications as (

    select * from {{ ref('stg_cloudinary__notifications') }}
    where notification_type in ('resource_metadata_changed', 'upload')

),

versions as (

    select * from {{ ref('int_asset_versions__lived') }}

),

doubted as (

    -- Whatever was told of an asset while it is not sure which of its versions was live, be it an approval or not.
    select distinct versions.asset_id_cloudinary
    from versions
    inner join notifications
        on
            versions.asset_id_cloudinary = notifications.asset_id_cloudinary
            and notifications.occurred_at > versions.live_surely_to
            and notifications.occurred_at <= versions.live_to

),

{% if is_increment() %}
kept as (

    -- What was in doubt before may no longer be.
    select * from {{ this }}
    where is_doubtful

),

{% endif %}
affected as (

    select
        asset_id_cloudinary,
        true as has_arrived,
        false as is_doubtful
    from arrived

    union all

    select
        asset_id_cloudinary,
        false as has_arrived,
        true as is_doubtful
    from doubted
    {% if is_increment() %}

    union all

    select
        asset_id_cloudinary,
        false as has_arrived,
        false as is_doubtful
    from kept
    {% endif %}

)

select
    asset_id_cloudinary,
    bool_or(has_arrived) as has_arrived,
    bool_or(is_doubtful) as is_doubtful
from affected
group by asset_id_cloudinary
