with

launches as (

    select * from {{ ref('stg_trading_grid__launches') }}

),

evaluations as (

    select * from {{ ref('int_evaluations__dated') }}
    where subject_type = 'launch_requirement'

)

select
    cast(launches.launch_key as {{ text_type() }}) as launch_key,
    cast(launches.launch_id_trading_grid as {{ text_type() }}) as launch_id_trading_grid,
    cast('trading_grid' as {{ text_type() }}) as source_system,
    cast(launches.launch_name as {{ text_type() }}) as launch_name,
    cast(launches.product_line_code as {{ text_type() }}) as product_line_code,
    cast(launches.campaign_code as {{ text_type() }}) as campaign_code,
    cast(launches.status_code as {{ text_type() }}) as status_code,
    cast(launches.launch_at <= evaluations.evaluated_at as boolean) as is_over,
    cast(launches.launch_at as {{ instant_type() }}) as launch_at,
    cast(launches.readiness_due_at as {{ instant_type() }}) as readiness_due_at,
    cast(launches.updated_at as {{ instant_type() }}) as updated_at,
    cast(evaluations.evaluated_at as {{ instant_type() }}) as evaluated_at,
    cast(launches._log_index as bigint) as _log_index
from launches
cross join evaluations
