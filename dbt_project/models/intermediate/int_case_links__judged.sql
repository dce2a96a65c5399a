with

cases as (

    select * from {{ ref('int_cases__resolved') }}

),

messages as (

    select * from {{ ref('stg_trading_grid__thread_messages') }}

),

communities as (

    select * from {{ ref('stg_trading_grid__communities') }}

),

names as (

    select * from {{ ref('int_asset_names__held') }}

),

approved_versions as (

    select * from {{ ref('int_asset_versions__approved') }}

),

linked as (

    -- Links of the team to the case's own asset, as it was called then. `v1` in a Cloudinary URL means no version.
    select
        messages.case_message_key,
        cases.case_key,
        cases.asset_id_cloudinary,
        communities.region_code as jurisdiction_code,
        messages.linked_version_number,
        messages.posted_at as judged_at,
        {{ earliest_by_clocks('trading_grid', 'messages.posted_at') }} as judged_from,
        {{ latest_by_clocks('trading_grid', 'messages.posted_at') }} as judged_to
    from cases
    inner join messages
        on cases.case_key = messages.case_key
    inner join names
        on
            cases.asset_id_cloudinary = names.asset_id_cloudinary
            and messages.linked_public_id = names.public_id
            and messages.posted_at >= names.held_from
            and messages.posted_at < names.held_to
    left join communities
        on cases.community_key = communities.community_key
    where
        messages.author_role = 'team'
        and messages.linked_version_number > 1
        and {{ is_our_cloud('messages.linked_cloud_name') }}

),

newer as (

    select
        linked.case_message_key,
        max(approved_versions.version_number) as newest_version_number
    from linked
    inner join approved_versions
        on
            linked.asset_id_cloudinary = approved_versions.asset_id_cloudinary
            and approved_versions.version_number > linked.linked_version_number
    where
        {{ is_surely_in_force('approved_versions', 'linked') }}
        and approved_versions.in_force_from <= linked.judged_from
        and {{ is_jurisdiction_allowed('approved_versions', 'linked') }}
    group by linked.case_message_key

)

select
    linked.case_message_key,
    linked.case_key,
    linked.asset_id_cloudinary,
    linked.linked_version_number,
    newer.newest_version_number,
    newer.case_message_key is not null as is_stale,
    linked.judged_at as posted_at
from linked
left join newer
    on linked.case_message_key = newer.case_message_key
