with

functional_acknowledgements as (

    select
        *,
        {{ written_struct(['at_raw']) }} as written,
        row_number() over (
            partition by
                sender_qualifier,
                sender_id,
                receiver_qualifier,
                receiver_id,
                interchange_control_number,
                interchange_written,
                group_control_number,
                set_control_number,
                ordinal
            order by _loaded_at asc nulls last, _row_hash asc nulls last
        ) as copy_number
    from {{ source('trading_grid', 'functional_acknowledgements') }}

)

select
    {{
        surrogate_key(
            [
                'sender_qualifier',
                'sender_id',
                'receiver_qualifier',
                'receiver_id',
                'interchange_control_number',
                'interchange_written',
                'group_control_number',
                'set_control_number',
                'ordinal',
            ]
        )
    }} as functional_acknowledgement_key,
    sender_qualifier,
    sender_id,
    receiver_qualifier,
    receiver_id,
    interchange_control_number,
    interchange_written,
    group_control_number,
    set_control_number,
    x12_version,
    level,
    code,
    acknowledged_group_type,
    acknowledged_group_control_number,
    acknowledged_set_type,
    acknowledged_set_control_number,
    error_codes,
    errors,
    sets_included,
    sets_received,
    sets_accepted,
    other_segments,
    written_times,
    ordinal,
    is_test,
    written.at_raw.zone is not null as is_zone_assumed,
    {{ instant('at_raw') }} as occurred_at,
    at_raw as occurred_at_raw,
    {{ written_columns('written', 'at_raw', 'occurred_at') }},
    _load_id,
    _loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from functional_acknowledgements
where copy_number = 1
