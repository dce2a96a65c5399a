with

flags as (

    select * from {{ ref('fct_flags') }}

),

evaluations as (

    select * from {{ ref('int_evaluations__dated') }}

)

select
    cast('flag' as {{ text_type() }}) as subject_type,
    cast(flags.flag_key as {{ text_type() }}) as subject_key,
    cast(flags.flag_id_trading_grid as {{ text_type() }}) as subject_id,
    cast(flags.asset_key as {{ text_type() }}) as asset_key,
    cast(null as {{ text_type() }}) as communication_key,
    cast(flags.due_at as {{ instant_type() }}) as occurred_at,
    cast(evaluations.evaluated_at as {{ instant_type() }}) as evaluated_at,
    cast('flag_open_past_due' as {{ text_type() }}) as reason
from flags
left join evaluations
    on evaluations.subject_type = 'flag'
where
    flags.is_open
    and flags.due_at < evaluations.evaluated_at
