{%- set names = [
    'document_id_trading_grid', 'sender_reference', 'service_reference', 'application_reference', 'gxs_ref_num'
] -%}

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
        {{ without_leading_zeros('acknowledged_set_control_number') }} as set_number,
        cast(null as {{ text_type() }}) as reference
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
        {{ without_leading_zeros('original_set_control_number') }} as set_number,
        -- Control numbers of a set tell enough. In a group the reference tells which document, unless the code (X12
        -- element 110) is of those that speak of the whole group.
        case
            when
                original_group_control_number is null
                or (original_set_control_number is null and coalesce(code, '') not like 'G%')
                then nullif(trim(reference), '')
        end as reference
    from application_advices

),

documents as (

    select
        *,
        {{ without_leading_zeros('group_control_number') }} as group_number,
        {{ without_leading_zeros('set_control_number') }} as set_number
    from {{ ref('stg_trading_grid__documents') }}

),

document_references as (

    -- Under which references a document is known, each once.
    {% for column in names -%}
    {% if not loop.first %}union{% endif %}
    select
        document_key,
        trim({{ column }}) as reference
    from documents
    where {{ column }} is not null
    {% endfor %}

),

referred as (

    select
        answers.answer_key,
        document_references.document_key
    from answers
    inner join document_references
        on answers.reference = document_references.reference

),

-- An answer goes the way back: its sender is the document's receiver.
met as (

    select
        answers.answer_key,
        documents.document_key,
        answers.occurred_at,
        documents.created_at
    from answers
    inner join documents
        on
            answers.sender_qualifier = documents.receiver_qualifier
            and answers.sender_id = documents.receiver_id
            and answers.receiver_qualifier = documents.sender_qualifier
            and answers.receiver_id = documents.sender_id
            and answers.group_number = documents.group_number
    left join referred
        on
            answers.answer_key = referred.answer_key
            and documents.document_key = referred.document_key
    where
        answers.set_number = documents.set_number
        or (answers.set_number is null and (answers.reference is null or referred.document_key is not null))

    union all

    select
        answers.answer_key,
        documents.document_key,
        answers.occurred_at,
        documents.created_at
    from referred
    inner join answers
        on referred.answer_key = answers.answer_key
    inner join documents
        on
            referred.document_key = documents.document_key
            and answers.sender_qualifier = documents.receiver_qualifier
            and answers.sender_id = documents.receiver_id
            and answers.receiver_qualifier = documents.sender_qualifier
            and answers.receiver_id = documents.sender_id
    where answers.group_number is null

),

named as (

    -- Mailboxes keep documents for so many days: an older one is not what is being answered. Most answers tell their
    -- minute only (GS05 as HHMM): one in the document's own minute is not before it.
    select
        answer_key,
        document_key,
        created_at,
        occurred_at >= {{ minute_start('created_at') }}
        and occurred_at <= {{ days_from('created_at', var('answer_window_days')) }} as is_within_window
    from met

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
        when answers.group_number is null and answers.reference is null then 'not_named'
        when counted.answer_key is null then 'no_document'
        when counted.meant_count = 0 then 'outside_window'
        when counted.meant_count = 1 then 'matched'
        when
            answers.group_number is not null
            and answers.set_number is null
            and answers.reference is null
            and counted.sending_count = 1
            then 'matched'
        else 'several_documents'
    end as outcome,
    case
        when answers.group_number is not null then 'control_numbers'
        when answers.reference is not null then 'reference'
    end as named_by,
    answers.is_test,
    answers.occurred_at
from answers
left join counted
    on answers.answer_key = counted.answer_key
left join meant
    on answers.answer_key = meant.answer_key
