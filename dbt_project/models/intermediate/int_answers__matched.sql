{#- Mailboxes keep documents for 45 days: an older one is not what is being answered. -#}
{%- set window_days = 45 -%}

with

functional_acknowledgements as (

    select * from {{ ref('stg_trading_grid__functional_acknowledgements') }}

),

application_advices as (

    select * from {{ ref('stg_trading_grid__application_advices') }}

),

answers as (

    select
        functional_acknowledgement_key as answer_key,
        '997' as answer_type,
        code,
        sender_qualifier,
        sender_id,
        receiver_qualifier,
        receiver_id,
        is_test,
        occurred_at,
        {{ without_leading_zeros('acknowledged_group_control_number') }} as group_number,
        {{ without_leading_zeros('acknowledged_set_control_number') }} as set_number
    from functional_acknowledgements

    union all

    select
        application_advice_key as answer_key,
        '824' as answer_type,
        code,
        sender_qualifier,
        sender_id,
        receiver_qualifier,
        receiver_id,
        is_test,
        occurred_at,
        {{ without_leading_zeros('original_group_control_number') }} as group_number,
        {{ without_leading_zeros('original_set_control_number') }} as set_number
    from application_advices

),

documents as (

    select
        *,
        {{ without_leading_zeros('group_control_number') }} as group_number,
        {{ without_leading_zeros('set_control_number') }} as set_number
    from {{ ref('stg_trading_grid__documents') }}

),

named as (

    -- An answer goes the way back: its sender is the document's receiver.
    select
        answers.answer_key,
        documents.document_key,
        documents.created_at,
        answers.occurred_at >= documents.created_at
        and answers.occurred_at <= {{ days_from('documents.created_at', window_days) }} as is_within_window
    from answers
    inner join documents
        on
            answers.sender_qualifier = documents.receiver_qualifier
            and answers.sender_id = documents.receiver_id
            and answers.receiver_qualifier = documents.sender_qualifier
            and answers.receiver_id = documents.sender_id
            and answers.group_number = documents.group_number
    where answers.set_number is null or answers.set_number = documents.set_number

),

counted as (

    select
        answer_key,
        sum(case when is_within_window then 1 else 0 end) as meant_count,
        count(distinct case when is_within_window then created_at end) as sending_count
    from named
    group by answer_key

),

meant as (

    select * from named
    where is_within_window

)

select
    {{ surrogate_key(['answers.answer_key', 'meant.document_key']) }} as answer_match_key,
    answers.answer_key,
    meant.document_key,
    answers.answer_type,
    answers.code,
    case
        when answers.group_number is null then 'not_named'
        when counted.answer_key is null then 'no_document'
        when counted.meant_count = 0 then 'outside_window'
        when counted.meant_count = 1 or (answers.set_number is null and counted.sending_count = 1) then 'matched'
        else 'several_documents'
    end as outcome,
    answers.is_test,
    answers.occurred_at
from answers
left join counted
    on answers.answer_key = counted.answer_key
left join meant
    on answers.answer_key = meant.answer_key
