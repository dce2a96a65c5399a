with

absences as (

    select * from {{ ref('stg_cloudinary__asset_absences') }}

),

versions as (

    select * from {{ ref('int_asset_versions__told') }}

),

notifications as (

    select * from {{ ref('stg_cloudinary__notifications') }}

),

followed as (

    select
        *,
        lead(is_absent) over (partition by asset_id_cloudinary order by listed_at asc nulls last) as next_is_absent,
        lead(version_number)
            over (partition by asset_id_cloudinary order by listed_at asc nulls last)
            as next_version_number
    from absences

),

steps as (

    -- A version that is listed again under its number was never gone: whatever is restored gets a new one.
    select
        asset_id_cloudinary,
        public_id,
        'absent' as kind,
        3 as step_number,
        listed_at as occurred_at,
        greatest(listed_at, _loaded_at) as absent_at,
        _loaded_at,
        _log_index
    from followed
    where
        is_absent
        and listed_at is not null
        and not coalesce(not next_is_absent and next_version_number = version_number, false)

    union all

    select
        asset_id_cloudinary,
        cast(null as {{ text_type() }}) as public_id,
        'begun' as kind,
        1 as step_number,
        live_from as occurred_at,
        cast(null as {{ instant_type() }}) as absent_at,
        cast(null as {{ instant_type() }}) as _loaded_at,
        cast(null as bigint) as _log_index
    from versions

    union all

    select
        asset_id_cloudinary,
        cast(null as {{ text_type() }}) as public_id,
        'deleted' as kind,
        2 as step_number,
        occurred_at,
        cast(null as {{ instant_type() }}) as absent_at,
        cast(null as {{ instant_type() }}) as _loaded_at,
        cast(null as bigint) as _log_index
    from notifications
    where notification_type = 'delete' and occurred_at is not null

),

neighboured as (

    select
        *,
        lag(kind)
            over (partition by asset_id_cloudinary order by occurred_at asc nulls last, step_number asc nulls last)
            as previous_kind,
        lead(kind)
            over (partition by asset_id_cloudinary order by occurred_at asc nulls last, step_number asc nulls last)
            as next_kind
    from steps

)

-- A deletion that was told says it better, and one absence is not told twice.
select
    {{ surrogate_key(['asset_id_cloudinary', 'occurred_at']) }} as asset_absence_key,
    asset_id_cloudinary,
    public_id,
    occurred_at as listed_at,
    absent_at,
    _loaded_at,
    _log_index
from neighboured
where
    kind = 'absent'
    and coalesce(previous_kind, 'begun') = 'begun'
    and coalesce(next_kind, 'begun') <> 'deleted'
