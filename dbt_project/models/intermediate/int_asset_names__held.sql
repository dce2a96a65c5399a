-- depends_on: {{ ref('int_assets__affected') }}
{{ replaced_by_asset('int_assets__affected') }}

with

notifications as (

    select * from {{ ref('stg_cloudinary__notifications_anew') }}

),

resources as (

    select * from {{ of_assets(ref('stg_cloudinary__resources'), ref('int_assets__affected')) }} as shown

),

absences as (

    select * from {{ of_assets(ref('int_asset_absences__ended'), ref('int_assets__affected')) }} as ended

),

events as (

    -- Within one second: named by the upload or what was restored, then renamed, then deleted.
    select
        asset_id_cloudinary,
        case when notification_type = 'delete' then null else coalesce(to_public_id, public_id) end as public_id,
        coalesce(from_public_id, public_id) as public_id_before,
        resource_type,
        delivery_type,
        case notification_type when 'rename' then 2 when 'delete' then 3 else 1 end as step_number,
        occurred_at as held_from,
        notification_key
    from notifications
    where
        (
            notification_type in ('upload', 'rename', 'delete')
            or (notification_type in ('restore', 'restore_asset_version') and public_id is not null)
        )
        and asset_id_cloudinary is not null
        and occurred_at is not null

    union all

    -- An asset that a complete listing lacks has no name from then on, at the latest.
    select
        asset_id_cloudinary,
        cast(null as {{ text_type() }}) as public_id,
        public_id as public_id_before,
        cast(null as {{ text_type() }}) as resource_type,
        cast(null as {{ text_type() }}) as delivery_type,
        3 as step_number,
        absent_at as held_from,
        asset_absence_key as notification_key
    from absences

),

numbered_events as (

    select
        *,
        row_number() over (
            partition by asset_id_cloudinary
            order by held_from asc nulls last, step_number asc nulls last, notification_key asc nulls last
        ) as event_number
    from events

),

first_known as (

    -- An asset that was there before notifications were held its first known name since it was made.
    select
        resources.asset_id_cloudinary,
        coalesce(numbered_events.public_id_before, resources.public_id) as public_id,
        resources.resource_type,
        resources.delivery_type,
        0 as step_number,
        resources.created_at as held_from,
        '' as notification_key
    from resources
    left join numbered_events
        on
            resources.asset_id_cloudinary = numbered_events.asset_id_cloudinary
            and numbered_events.event_number = 1
    where numbered_events.held_from is null or resources.created_at < numbered_events.held_from

),

namings as (

    select
        asset_id_cloudinary,
        public_id,
        resource_type,
        delivery_type,
        step_number,
        held_from,
        notification_key
    from events

    union all

    select
        asset_id_cloudinary,
        public_id,
        resource_type,
        delivery_type,
        step_number,
        held_from,
        notification_key
    from first_known

),

ordered as (

    select
        *,
        max(resource_type) over (partition by asset_id_cloudinary) as known_resource_type,
        max(delivery_type) over (partition by asset_id_cloudinary) as known_delivery_type,
        lead(held_from) over (
            partition by asset_id_cloudinary
            order by held_from asc nulls last, step_number asc nulls last, notification_key asc nulls last
        ) as next_held_from
    from namings

),

held as (

    select
        {{ surrogate_key(['asset_id_cloudinary', 'held_from', 'step_number', 'notification_key']) }} as asset_name_key,
        asset_id_cloudinary,
        public_id,
        coalesce(resource_type, known_resource_type) as resource_type,
        coalesce(delivery_type, known_delivery_type) as delivery_type,
        held_from,
        coalesce(next_held_from, {{ open_end() }}) as held_to
    from ordered
    where public_id is not null

)

select
    *,
    {{ summable_hash(row_text('held')) }} as fact_hash
from held
