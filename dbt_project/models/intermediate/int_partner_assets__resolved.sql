with

launch_requirements as (

    select * from {{ ref('stg_trading_grid__launch_requirements') }}

),

flags as (

    select * from {{ ref('stg_trading_grid__flags') }}

),

format_requests as (

    select * from {{ ref('stg_trading_grid__format_requests') }}

),

feedback as (

    select * from {{ ref('stg_trading_grid__feedback') }}

),

names as (

    select * from {{ ref('int_asset_names__held') }}

),

{% set kinds = {
    'launch_requirement': ('launch_requirements', 'launch_requirement_key', 'updated_at'),
    'flag': ('flags', 'flag_key', 'raised_at'),
    'format_request': ('format_requests', 'format_request_key', 'requested_at'),
    'feedback': ('feedback', 'feedback_key', 'reported_at'),
} %}

named as (

    {% for subject_type, (relation, key, instant) in kinds.items() %}
    {% if not loop.first %}
    union all
    {% endif %}
    select
        '{{ subject_type }}' as subject_type,
        {{ key }} as subject_key,
        asset_id_cloudinary,
        public_id,
        case when {{ is_our_cloud('asset_url_cloud_name') }} then asset_url_public_id end as url_public_id,
        asset_url_resource_type,
        asset_url_delivery_type,
        version_number,
        asset_url_version_number,
        {{ instant }} as named_at
    from {{ relation }}
    {% endfor %}

),

name_lookups as (

    -- Without an asset id it is named by a public id, or by an address with or without an extension.
    select
        *,
        public_id as looked_up_name,
        1 as choice_number
    from named
    where asset_id_cloudinary is null and public_id is not null

    union all

    select
        *,
        url_public_id as looked_up_name,
        2 as choice_number
    from named
    where asset_id_cloudinary is null and public_id is null

    union all

    select
        *,
        {{ without_extension('url_public_id') }} as looked_up_name,
        3 as choice_number
    from named
    where asset_id_cloudinary is null and public_id is null

),

by_name as (

    select
        name_lookups.subject_type,
        name_lookups.subject_key,
        name_lookups.choice_number,
        min(names.asset_id_cloudinary) as asset_id_cloudinary,
        count(distinct names.asset_id_cloudinary) as asset_count,
        row_number() over (
            partition by name_lookups.subject_type, name_lookups.subject_key
            order by name_lookups.choice_number asc nulls last
        ) as preference_number
    from name_lookups
    inner join names
        on
            name_lookups.looked_up_name = names.public_id
            and name_lookups.named_at >= names.held_from
            and name_lookups.named_at < names.held_to
    where
        name_lookups.choice_number = 1
        or (
            coalesce(name_lookups.asset_url_resource_type, names.resource_type) = names.resource_type
            and coalesce(name_lookups.asset_url_delivery_type, names.delivery_type) = names.delivery_type
        )
    group by name_lookups.subject_type, name_lookups.subject_key, name_lookups.choice_number

)

select
    {{ surrogate_key(['named.subject_type', 'named.subject_key']) }} as partner_asset_key,
    named.subject_type,
    named.subject_key,
    coalesce(named.asset_id_cloudinary, by_name.asset_id_cloudinary) as asset_id_cloudinary,
    -- `v1` in a Cloudinary URL means no version.
    coalesce(
        case when named.version_number > 1 then named.version_number end,
        case when named.asset_url_version_number > 1 then named.asset_url_version_number end
    ) as version_number,
    named.named_at
from named
left join by_name
    on
        named.subject_type = by_name.subject_type
        and named.subject_key = by_name.subject_key
        and by_name.preference_number = 1
        and by_name.asset_count = 1
