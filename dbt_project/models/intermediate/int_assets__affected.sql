-- Which assets are told of anew: docs/decisions/0047-what-is-told-of-an-asset-is-kept.md
with

arrived_loads as (

    select changed.load_id
    from {{ changed_batches() }} as changed
    where changed.outcome = 'accepted'

),

notifications as (

    -- Every copy that landed: another copy may have stood for this one, and named another asset.
    select
        digest,
        asset_id,
        public_id,
        coalesce(from_public_id, public_id) as named_public_id,
        _load_id in (select load_id from arrived_loads) as has_arrived
    from {{ source('cloudinary', 'notifications') }}

),

arrived_digests as (

    select digest from notifications
    where has_arrived

),

arrived_notifications as (

    select * from notifications
    where digest in (select digest from arrived_digests)

),

unnamed_notifications as (

    select named_public_id from arrived_notifications
    where asset_id is null

),

records as (

    {% for stream in ['asset_absences', 'asset_contents', 'asset_details'] %}
    select
        asset_id,
        _load_id
    from {{ source('cloudinary', stream) }}

    union all

    {% endfor %}
    select
        asset_id,
        _load_id
    from {{ source('cloudinary', 'resources') }}

),

affected as (

    select asset_id from arrived_notifications

    union

    -- What names no asset may have been about any that ever had the name.
    select asset_id from notifications
    where public_id in (select named_public_id from unnamed_notifications)

    union

    select asset_id from records
    where _load_id in (select load_id from arrived_loads)

)

select asset_id as asset_id_cloudinary
from affected
where {% if is_increment() %}asset_id is not null{% else %}false{% endif %}
