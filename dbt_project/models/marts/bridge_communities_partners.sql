with

members as (

    select * from {{ ref('stg_trading_grid__members') }}

),

deleted_objects as (

    select * from {{ ref('int_objects__deleted') }}

)

select
    cast(members.community_partner_key as {{ text_type() }}) as community_partner_key,
    cast(members.community_key as {{ text_type() }}) as community_key,
    cast(members.partner_key as {{ text_type() }}) as partner_key,
    cast(members.status_code as {{ text_type() }}) as status_code,
    cast(members.updated_at as {{ instant_type() }}) as updated_at,
    cast(members.updated_at_written as {{ text_type() }}) as updated_at_written,
    cast(members.updated_at_zone as {{ text_type() }}) as updated_at_zone,
    cast(deleted_objects.community_partner_key is not null as boolean) as is_deleted,
    cast(deleted_objects.deleted_at as {{ instant_type() }}) as deleted_at,
    cast(members._log_index as bigint) as _log_index
from members
left join deleted_objects
    on members.community_partner_key = deleted_objects.community_partner_key
