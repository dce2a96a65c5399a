with

launches as (

    select * from {{ ref('stg_trading_grid__launches') }}

),

named as (

    select * from {{ exploded('launches', 'community_ids_list', 'community_id') }}

)

select
    {{ surrogate_key(['launch_key', 'community_id']) }} as community_launch_key,
    {{ surrogate_key(['community_id']) }} as community_key,
    cast(launch_key as {{ text_type() }}) as launch_key,
    cast(_log_index as bigint) as _log_index
from named
