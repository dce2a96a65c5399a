with

flags as (

    select * from {{ ref('stg_trading_grid__flags') }}

),

named_assets as (

    select * from {{ ref('int_partner_assets__resolved') }}
    where subject_type = 'flag'

),

assets as (

    select * from {{ ref('dim_assets') }}

),

days_allowed as (

    select * from {{ ref('days_allowed') }}
    where subject_type = 'flag'

)

select
    cast(flags.flag_key as {{ text_type() }}) as flag_key,
    cast(flags.launch_key as {{ text_type() }}) as launch_key,
    cast(flags.community_key as {{ text_type() }}) as community_key,
    cast(flags.partner_key as {{ text_type() }}) as partner_key,
    cast(assets.asset_key as {{ text_type() }}) as asset_key,
    cast(flags.flag_id_trading_grid as {{ text_type() }}) as flag_id_trading_grid,
    cast(named_assets.asset_id_cloudinary as {{ text_type() }}) as asset_id_cloudinary,
    cast(coalesce(flags.public_id, assets.public_id) as {{ text_type() }}) as public_id,
    cast(flags.request_text as {{ text_type() }}) as request_text,
    cast(flags.status_code as {{ text_type() }}) as status_code,
    cast(flags.requirement_ordinal as bigint) as requirement_ordinal,
    cast(coalesce(flags.status_code = 'open', true) as boolean) as is_open,
    cast(flags.raised_at as {{ instant_type() }}) as raised_at,
    cast(
        coalesce(flags.due_at, {{ days_from('flags.raised_at', 'days_allowed.days_allowed') }}) as {{ instant_type() }}
    ) as due_at,
    cast(flags.resolved_at as {{ instant_type() }}) as resolved_at,
    cast(flags._log_index as bigint) as _log_index
from flags
left join named_assets
    on flags.flag_key = named_assets.subject_key
left join assets
    on named_assets.asset_id_cloudinary = assets.asset_id_cloudinary
left join days_allowed
    on
        flags.raised_at >= days_allowed.valid_from
        and flags.raised_at < days_allowed.valid_to
