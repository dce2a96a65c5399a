with

communities as (

    select * from {{ ref('stg_trading_grid__communities') }}

)

select
    cast(community_key as {{ text_type() }}) as community_key,
    cast(community_id_trading_grid as {{ text_type() }}) as community_id_trading_grid,
    cast('trading_grid' as {{ text_type() }}) as source_system,
    cast(community_name as {{ text_type() }}) as community_name,
    cast(region_code as {{ text_type() }}) as region_code,
    cast(language_code as {{ text_type() }}) as language_code,
    cast(status_code as {{ text_type() }}) as status_code,
    cast(updated_at as {{ instant_type() }}) as updated_at,
    cast(updated_at_written as {{ text_type() }}) as updated_at_written,
    cast(updated_at_zone as {{ text_type() }}) as updated_at_zone,
    cast(_log_index as bigint) as _log_index
from communities
