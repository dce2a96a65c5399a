with

transitions as (

    select * from {{ ref('stg_corrections__transitions') }}

),

distributions as (

    select * from {{ ref('stg_trading_grid__distributions') }}

),

ends as (

    -- While it is not known what became of a write, it may still take effect.
    select
        begun.transition_id,
        min(later.occurred_at) as ended_at
    from transitions as begun
    inner join transitions as later
        on
            begun.correction_key = later.correction_key
            and later.transition_id > begun.transition_id
            and later.to_state not in ('sending', 'unknown')
    where begun.to_state = 'sending'
    group by begun.transition_id

)

select
    transitions.transition_key as own_write_key,
    transitions.correction_key,
    transitions.correlation_id,
    transitions.object_id,
    transitions.community_id_trading_grid,
    distributions.partner_id_trading_grid,
    transitions.asset_id_cloudinary,
    transitions.kind,
    transitions.object_type,
    transitions.new_public_id,
    transitions.desired_etag,
    transitions.desired_version_number,
    transitions.occurred_at as begun_at,
    coalesce(ends.ended_at, {{ open_end() }}) as ended_at,
    transitions._log_index
from transitions
left join ends
    on transitions.transition_id = ends.transition_id
left join distributions
    on
        transitions.object_type = 'distribution'
        and transitions.object_id = distributions.distribution_id_trading_grid
where transitions.to_state = 'sending'
