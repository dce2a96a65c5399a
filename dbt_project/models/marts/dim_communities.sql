with

communities as (

    select * from {{ ref('stg_trading_grid__communities') }}

)

select
    cast(community_key as varchar) as community_key,
    cast(community_id_trading_grid as varchar) as community_id_trading_grid,
    cast('trading_grid' as varchar) as source_system,
    cast(community_name as varchar) as community_name,
    cast(region_code as varchar) as region_code,
    cast(language_code as varchar) as language_code,
    cast(status_code as varchar) as status_code,
    cast(updated_at as timestamptz) as updated_at,
    cast(_log_index as bigint) as _log_index
from communities
