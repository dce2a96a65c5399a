with

matches as (

    select * from {{ ref('int_answers__matched') }}

),

functional_acknowledgements as (

    select * from {{ ref('stg_trading_grid__functional_acknowledgements') }}

),

application_advices as (

    select * from {{ ref('stg_trading_grid__application_advices') }}

),

portal_acknowledgements as (

    select * from {{ ref('stg_trading_grid__acknowledgements') }}

),

documents as (

    select * from {{ ref('stg_trading_grid__documents') }}

),

publications as (

    select * from {{ ref('stg_trading_grid__publications') }}

),

distributions as (

    select * from {{ ref('stg_trading_grid__distributions') }}

),

launches as (

    select * from {{ ref('stg_trading_grid__launches') }}

),

partners as (

    select * from {{ ref('stg_trading_grid__partners') }}

),

acknowledgements as (

    select
        matches.answer_key as acknowledgement_key,
        '997' as kind,
        'x12' as told_by,
        functional_acknowledgements.level,
        matches.code,
        matches.outcome,
        matches.document_key,
        documents.publication_key,
        cast(null as {{ text_type() }}) as distribution_key,
        cast(null as {{ text_type() }}) as launch_key,
        documents.partner_key,
        documents.document_id_trading_grid,
        cast(null as {{ text_type() }}) as acknowledgement_id_trading_grid,
        functional_acknowledgements.sender_id,
        functional_acknowledgements.receiver_id,
        functional_acknowledgements.acknowledged_group_control_number as group_control_number,
        functional_acknowledgements.acknowledged_set_control_number as set_control_number,
        cast(null as {{ text_type() }}) as content_sha256,
        matches.is_test,
        matches.occurred_at,
        functional_acknowledgements.occurred_at_written,
        functional_acknowledgements.occurred_at_zone,
        functional_acknowledgements._log_index
    from matches
    inner join functional_acknowledgements
        on matches.answer_key = functional_acknowledgements.functional_acknowledgement_key
    left join documents
        on matches.document_key = documents.document_key
    where matches.answer_type = '997'

    union all

    select
        matches.answer_key as acknowledgement_key,
        '824' as kind,
        'x12' as told_by,
        'set' as level,
        matches.code,
        matches.outcome,
        matches.document_key,
        documents.publication_key,
        cast(null as {{ text_type() }}) as distribution_key,
        cast(null as {{ text_type() }}) as launch_key,
        documents.partner_key,
        documents.document_id_trading_grid,
        cast(null as {{ text_type() }}) as acknowledgement_id_trading_grid,
        application_advices.sender_id,
        application_advices.receiver_id,
        application_advices.original_group_control_number as group_control_number,
        application_advices.original_set_control_number as set_control_number,
        cast(null as {{ text_type() }}) as content_sha256,
        matches.is_test,
        matches.occurred_at,
        application_advices.occurred_at_written,
        application_advices.occurred_at_zone,
        application_advices._log_index
    from matches
    inner join application_advices
        on matches.answer_key = application_advices.application_advice_key
    left join documents
        on matches.document_key = documents.document_key
    where matches.answer_type = '824'

    union all

    -- The portal tells of a publication, a distribution or a launch, never of a document.
    select
        {{ surrogate_key(["'portal'", 'portal_acknowledgements.acknowledgement_id_trading_grid']) }}
            as acknowledgement_key,
        case
            when portal_acknowledgements.acknowledgement_type in ('997', '824')
                then portal_acknowledgements.acknowledgement_type
            else 'portal'
        end as kind,
        'portal' as told_by,
        case
            when portal_acknowledgements.publication_key is not null then 'publication'
            when portal_acknowledgements.distribution_key is not null then 'distribution'
            when portal_acknowledgements.launch_key is not null then 'launch'
            else 'publication'
        end as level,
        portal_acknowledgements.code,
        case
            when portal_acknowledgements.publication_key is not null and publications.publication_key is null
                then 'no_publication'
            when portal_acknowledgements.distribution_key is not null and distributions.distribution_key is null
                then 'no_distribution'
            when portal_acknowledgements.launch_key is not null and launches.launch_key is null then 'no_launch'
            when
                coalesce(
                    portal_acknowledgements.publication_key,
                    portal_acknowledgements.distribution_key,
                    portal_acknowledgements.launch_key
                ) is null
                then 'not_named'
            else 'matched'
        end as outcome,
        cast(null as {{ text_type() }}) as document_key,
        portal_acknowledgements.publication_key,
        portal_acknowledgements.distribution_key,
        portal_acknowledgements.launch_key,
        portal_acknowledgements.partner_key,
        cast(null as {{ text_type() }}) as document_id_trading_grid,
        portal_acknowledgements.acknowledgement_id_trading_grid,
        cast(null as {{ text_type() }}) as sender_id,
        cast(null as {{ text_type() }}) as receiver_id,
        cast(null as {{ text_type() }}) as group_control_number,
        cast(null as {{ text_type() }}) as set_control_number,
        portal_acknowledgements.content_sha256,
        false as is_test,
        portal_acknowledgements.occurred_at,
        portal_acknowledgements.occurred_at_written,
        portal_acknowledgements.occurred_at_zone,
        portal_acknowledgements._log_index
    from portal_acknowledgements
    left join publications
        on portal_acknowledgements.publication_key = publications.publication_key
    left join distributions
        on portal_acknowledgements.distribution_key = distributions.distribution_key
    left join launches
        on portal_acknowledgements.launch_key = launches.launch_key

)

select
    {{ surrogate_key(['acknowledgements.acknowledgement_key', 'acknowledgements.document_key']) }}
        as acknowledgement_match_key,
    cast(acknowledgements.acknowledgement_key as {{ text_type() }}) as acknowledgement_key,
    cast(acknowledgements.kind as {{ text_type() }}) as kind,
    cast(acknowledgements.told_by as {{ text_type() }}) as told_by,
    cast(acknowledgements.level as {{ text_type() }}) as level,
    cast(acknowledgements.code as {{ text_type() }}) as code,
    cast({{ is_rejection('acknowledgements.kind', 'acknowledgements.code') }} as boolean) as is_rejection,
    cast({{ is_acceptance('acknowledgements.kind', 'acknowledgements.code') }} as boolean) as is_acceptance,
    cast(acknowledgements.outcome = 'matched' as boolean) as is_matched,
    cast(acknowledgements.outcome as {{ text_type() }}) as match_outcome,
    cast(publications.publication_key as {{ text_type() }}) as publication_key,
    cast(distributions.distribution_key as {{ text_type() }}) as distribution_key,
    cast(launches.launch_key as {{ text_type() }}) as launch_key,
    cast(acknowledgements.document_key as {{ text_type() }}) as document_key,
    cast(partners.partner_key as {{ text_type() }}) as partner_key,
    cast(acknowledgements.acknowledgement_id_trading_grid as {{ text_type() }}) as acknowledgement_id_trading_grid,
    cast(acknowledgements.document_id_trading_grid as {{ text_type() }}) as document_id_trading_grid,
    cast(acknowledgements.sender_id as {{ text_type() }}) as sender_id,
    cast(acknowledgements.receiver_id as {{ text_type() }}) as receiver_id,
    cast(acknowledgements.group_control_number as {{ text_type() }}) as group_control_number,
    cast(acknowledgements.set_control_number as {{ text_type() }}) as set_control_number,
    cast(acknowledgements.content_sha256 as {{ text_type() }}) as content_sha256,
    cast(
        coalesce(
            acknowledgements.content_sha256 <> coalesce(distributions.content_hash, publications.content_hash), false
        ) as boolean
    ) as has_other_bytes,
    cast(acknowledgements.is_test as boolean) as is_test,
    cast(acknowledgements.occurred_at as {{ instant_type() }}) as occurred_at,
    cast(acknowledgements.occurred_at_written as {{ text_type() }}) as occurred_at_written,
    cast(acknowledgements.occurred_at_zone as {{ text_type() }}) as occurred_at_zone,
    cast(acknowledgements._log_index as bigint) as _log_index
from acknowledgements
left join publications
    on acknowledgements.publication_key = publications.publication_key
left join distributions
    on acknowledgements.distribution_key = distributions.distribution_key
left join launches
    on acknowledgements.launch_key = launches.launch_key
left join partners
    on acknowledgements.partner_key = partners.partner_key
