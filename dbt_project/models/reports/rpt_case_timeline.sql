with

cases as (

    select * from {{ ref('fct_cases') }}

),

messages as (

    select * from {{ ref('fct_case_messages') }}

),

versions as (

    select * from {{ ref('dim_asset_versions') }}

),

approvals as (

    select * from {{ ref('fct_approvals') }}

),

partners as (

    select * from {{ ref('dim_partners') }}

),

opened as (

    select
        cases.case_key,
        'opened' as event_type,
        1 as step_number,
        coalesce(partners.partner_name, '') as actor_name,
        cases.subject as body,
        cast(null as {{ text_type() }}) as linked_url,
        cases.reported_version_number as version_number,
        cases.opened_at as occurred_at,
        cases.case_key as event_key
    from cases
    left join partners
        on cases.partner_key = partners.partner_key

),

uploaded as (

    select
        cases.case_key,
        'version_uploaded' as event_type,
        2 as step_number,
        versions.uploaded_by_id as actor_name,
        cast(null as {{ text_type() }}) as body,
        cast(null as {{ text_type() }}) as linked_url,
        versions.version_number,
        versions.live_from as occurred_at,
        versions.asset_version_key as event_key
    from cases
    inner join versions
        on
            cases.asset_key = versions.asset_key
            and versions.live_from > cases.opened_at
            and versions.live_from <= coalesce(cases.closed_at, {{ open_end() }})

),

approved as (

    select
        cases.case_key,
        'version_approved' as event_type,
        3 as step_number,
        approvals.approver_id as actor_name,
        cast(null as {{ text_type() }}) as body,
        cast(null as {{ text_type() }}) as linked_url,
        approvals.version_number,
        approvals.granted_at as occurred_at,
        approvals.approval_key as event_key
    from cases
    inner join approvals
        on
            cases.asset_key = approvals.asset_key
            and approvals.granted_at > cases.opened_at
            and approvals.granted_at <= coalesce(cases.closed_at, {{ open_end() }})

),

posted as (

    select
        case_key,
        'message_by_' || author_role as event_type,
        4 as step_number,
        author_name as actor_name,
        body,
        linked_url,
        linked_version_number as version_number,
        posted_at as occurred_at,
        case_message_key as event_key
    from messages

),

closed as (

    select
        case_key,
        'closed' as event_type,
        5 as step_number,
        cast(null as {{ text_type() }}) as actor_name,
        cast(null as {{ text_type() }}) as body,
        cast(null as {{ text_type() }}) as linked_url,
        cast(null as bigint) as version_number,
        closed_at as occurred_at,
        case_key as event_key
    from cases
    where closed_at is not null

),

events as (

    select * from opened
    union all
    select * from uploaded
    union all
    select * from approved
    union all
    select * from posted
    union all
    select * from closed

)

select
    {{ surrogate_key(['events.case_key', 'events.event_type', 'events.event_key']) }} as case_event_key,
    cases.case_key,
    cases.case_id_trading_grid,
    events.event_type,
    events.actor_name,
    events.body,
    events.linked_url,
    row_number() over (
        partition by cases.case_key
        order by events.occurred_at asc nulls last, events.step_number asc nulls last, events.event_key asc nulls last
    ) as event_number,
    events.version_number,
    events.occurred_at
from events
inner join cases
    on events.case_key = cases.case_key
