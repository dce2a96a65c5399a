-- What a partition is, and why it is no month: docs/decisions/0021-increments-replace-communications.md
with

subjects as (

    select * from {{ ref('int_subjects__fingerprinted') }}
    where is_changed

),

names as (

    select * from {{ ref('int_asset_names__held') }}

),

communications as (

    -- Every copy that landed: one that does not stand in the end makes a partition too many, and no fault.
    select
        communication_id as communication_id_exstream,
        {{ instant('generated_at_raw') }} as generated_at
    from {{ source('exstream', 'communications') }}

),

changed_batches as (

    select * from {{ changed_batches() }} as changed

),

arrived_loads as (

    select load_id
    from changed_batches
    where outcome = 'accepted' and load_id is not null

),

claims_changed as (

    select changed_from from {{ ref('int_claims__changed') }}
    where system_code = 'cloudinary' and stream_name = 'notifications'

),

changed_assets as (

    select subject_id as asset_id_cloudinary
    from subjects
    where subject_type = 'asset'

),

changed_names as (

    select subject_id as public_id
    from subjects
    where subject_type = 'name'

    union

    select names.public_id
    from names
    inner join changed_assets
        on names.asset_id_cloudinary = changed_assets.asset_id_cloudinary

),

changed_addresses as (

    -- A dot in a public id may have been read as the start of a format, whichever it is.
    select public_id from changed_names

    union

    select {{ without_extension('public_id') }} as public_id from changed_names

),

changed_readings as (

    -- Addresses that can be read in several ways, of which one names, or named, what has changed.
    select distinct delivery_readings
    from {{ ref('stg_exstream__address_readings') }}
    where public_id in (select public_id from changed_names)

),

inventory as (

    select * from {{ ref('int_inventory__known') }}

),

affected as (

    {% for stream in ['asset_uses', 'communications', 'renderings'] %}
    select
        communication_id as communication_id_exstream,
        true as has_arrived,
        false as is_of_changed_asset,
        false as is_of_changed_claim
    from {{ source('exstream', stream) }}
    where _load_id in (select load_id from arrived_loads)

    union all

    {% endfor %}
    -- What a use names is read as it landed, whatever it is resolved to: a name may have come to mean the asset, or no
    -- longer mean it.
    select
        communication_id as communication_id_exstream,
        false as has_arrived,
        true as is_of_changed_asset,
        false as is_of_changed_claim
    from {{ source('exstream', 'asset_uses') }}
    where
        asset_id in (select asset_id_cloudinary from changed_assets)
        or public_id in (select public_id from changed_names)
        or delivery_public_id in (select public_id from changed_addresses)
        or delivery_readings in (select delivery_readings from changed_readings)

    union all

    -- What other readings do not name settles an address, as far as all names are known.
    select
        communications.communication_id_exstream,
        false as has_arrived,
        false as is_of_changed_asset,
        true as is_of_changed_claim
    from communications
    inner join inventory
        on communications.generated_at >= inventory.changed_from
    where
        communications.communication_id_exstream in (
            select communication_id from {{ source('exstream', 'asset_uses') }}
            where delivery_readings is not null
        )

    union all

    select
        communications.communication_id_exstream,
        false as has_arrived,
        false as is_of_changed_asset,
        true as is_of_changed_claim
    from communications
    inner join claims_changed
        on
            {{ latest_by_clocks('exstream', 'communications.generated_at') }}
            >= claims_changed.changed_from

)

select
    communication_id_exstream,
    bool_or(has_arrived) as has_arrived,
    bool_or(is_of_changed_asset) as is_of_changed_asset,
    bool_or(is_of_changed_claim) as is_of_changed_claim
from affected
where {% if is_increment() %}communication_id_exstream is not null{% else %}false{% endif %}

group by communication_id_exstream
