with

application_advices as (

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
    from {{ source('trading_grid', 'application_advices') }}

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
    }} as application_advice_key,
    sender_qualifier,
    sender_id,
    receiver_qualifier,
    receiver_id,
    interchange_control_number,
    interchange_written,
    group_control_number,
    set_control_number,
    x12_version,
    code,
    advice_purpose,
    advice_reference,
    advice_written,
    reference_qualifier,
    reference,
    original_group_control_number,
    original_set_control_number,
    original_set_type,
    problems,
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
from application_advices
where copy_number = 1
