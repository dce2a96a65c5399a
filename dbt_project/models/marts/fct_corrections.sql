with

transitions as (

    select * from {{ ref('stg_corrections__transitions') }}

),

numbered as (

    -- The outbox numbers its changes of state; two may have one instant.
    select
        *,
        row_number() over (partition by correction_key order by transition_id desc nulls last) as last_number,
        row_number() over (
            partition by correction_key, to_state order by transition_id desc nulls last
        ) as number_of_state
    from transitions

),

histories as (

    select
        correction_key,
        count(*) as transition_count,
        count(case when to_state = 'sending' then 1 end) as sending_count,
        max(case when to_state = 'proposed' and number_of_state = 1 then made_by_id end) as proposed_by_id,
        max(case when to_state = 'approved' and number_of_state = 1 then made_by_id end) as approved_by_id,
        min(case when to_state = 'proposed' then occurred_at end) as proposed_at,
        max(case when to_state = 'approved' then occurred_at end) as approved_at,
        max(case when to_state = 'sending' then occurred_at end) as sent_at,
        max(case when to_state = 'confirmed' then occurred_at end) as confirmed_at,
        max(case when to_state in ('conflict', 'rejected', 'unknown') then occurred_at end) as failed_at,
        max(case when to_state = 'withdrawn' then occurred_at end) as withdrawn_at
    from numbered
    group by correction_key

),

last_transitions as (

    select * from numbered
    where last_number = 1

)

select
    cast(last_transitions.correction_key as {{ text_type() }}) as correction_key,
    cast(
        case
            when last_transitions.asset_id_cloudinary is not null
                then {{ surrogate_key(['last_transitions.asset_id_cloudinary']) }}
        end as {{ text_type() }}
    ) as asset_key,
    cast(last_transitions.difference_hash as {{ text_type() }}) as difference_hash,
    cast(last_transitions.correlation_id as {{ text_type() }}) as correlation_id,
    cast(last_transitions.object_id as {{ text_type() }}) as object_id,
    cast(last_transitions.community_id_trading_grid as {{ text_type() }}) as community_id_trading_grid,
    cast(last_transitions.asset_id_cloudinary as {{ text_type() }}) as asset_id_cloudinary,
    cast(last_transitions.kind as {{ text_type() }}) as kind,
    cast(last_transitions.object_type as {{ text_type() }}) as object_type,
    cast(last_transitions.public_id as {{ text_type() }}) as public_id,
    cast(last_transitions.new_public_id as {{ text_type() }}) as new_public_id,
    cast(last_transitions.desired_etag as {{ text_type() }}) as desired_etag,
    cast(last_transitions.to_state as {{ text_type() }}) as state_code,
    cast(histories.proposed_by_id as {{ text_type() }}) as proposed_by_id,
    cast(histories.approved_by_id as {{ text_type() }}) as approved_by_id,
    cast(last_transitions.made_by_id as {{ text_type() }}) as changed_by_id,
    cast(last_transitions.desired_version_number as bigint) as desired_version_number,
    cast(histories.transition_count as bigint) as transition_count,
    cast(histories.sending_count as bigint) as sending_count,
    cast(histories.proposed_at as {{ instant_type() }}) as proposed_at,
    cast(histories.approved_at as {{ instant_type() }}) as approved_at,
    cast(histories.sent_at as {{ instant_type() }}) as sent_at,
    cast(histories.confirmed_at as {{ instant_type() }}) as confirmed_at,
    cast(histories.failed_at as {{ instant_type() }}) as failed_at,
    cast(histories.withdrawn_at as {{ instant_type() }}) as withdrawn_at,
    cast(last_transitions.occurred_at as {{ instant_type() }}) as state_since,
    cast(last_transitions._log_index as bigint) as _log_index
from last_transitions
inner join histories
    on last_transitions.correction_key = histories.correction_key
