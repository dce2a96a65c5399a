with

members as (

    select * from {{ ref('stg_trading_grid__members') }}

)

select
    cast(community_partner_key as {{ text_type() }}) as community_partner_key,
    cast(community_key as {{ text_type() }}) as community_key,
    cast(partner_key as {{ text_type() }}) as partner_key,
    cast(status_code as {{ text_type() }}) as status_code,
    cast(updated_at as {{ instant_type() }}) as updated_at,
    cast(updated_at_written as {{ text_type() }}) as updated_at_written,
    cast(updated_at_zone as {{ text_type() }}) as updated_at_zone,
    cast(_log_index as bigint) as _log_index
from members
