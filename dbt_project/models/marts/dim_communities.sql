with

communities as (

    select * from {{ ref('stg_trading_grid__communities') }}

),

deleted_objects as (

    select * from {{ ref('int_objects__deleted') }}

)

select
    cast(communities.community_key as {{ text_type() }}) as community_key,
    cast(communities.community_id_trading_grid as {{ text_type() }}) as community_id_trading_grid,
    cast('trading_grid' as {{ text_type() }}) as source_system,
    cast(communities.community_name as {{ text_type() }}) as community_name,
    cast(communities.region_code as {{ text_type() }}) as region_code,
    cast(communities.language_code as {{ text_type() }}) as language_code,
    cast(communities.status_code as {{ text_type() }}) as status_code,
    cast(communities.updated_at as {{ instant_type() }}) as updated_at,
    cast(communities.updated_at_written as {{ text_type() }}) as updated_at_written,
    cast(communities.updated_at_zone as {{ text_type() }}) as updated_at_zone,
    cast(deleted_objects.community_key is not null as boolean) as is_deleted,
    cast(deleted_objects.deleted_at as {{ instant_type() }}) as deleted_at,
    cast(communities._log_index as bigint) as _log_index
from communities
left join deleted_objects
    on communities.community_key = deleted_objects.community_key
