with

resources as (

    select * from {{ ref('stg_exstream__resources') }}

),

history as (

    select * from {{ ref('stg_exstream__resource_history') }}
    where modified_at is not null and (history_type in ('CREATE', 'STATE') or operation_code = 'DELETE')

),

states as (

    select
        domain_code,
        resource_id_exstream,
        version_number,
        state_code,
        operation_code,
        modified_by_id as approved_by_id,
        modified_at as approved_from,
        coalesce(
            lead(modified_at) over (
                partition by domain_code, resource_id_exstream, version_number
                order by modified_at asc nulls last, revision_number asc nulls last, resource_change_key asc nulls last
            ),
            {{ open_end() }}
        ) as approved_to
    from history

),

told_approvals as (

    select *
    from states
    where state_code = 'APPROVED' and operation_code <> 'DELETE'

),

approvals as (

    select
        domain_code,
        resource_id_exstream,
        version_number,
        approved_by_id,
        approved_from,
        approved_to
    from told_approvals

    union all

    -- An approval that the history does not tell: the version says itself that it is approved.
    select
        resources.domain_code,
        resources.resource_id_exstream,
        resources.version_number,
        resources.approved_by_id,
        coalesce(resources.approved_at, resources.last_modified_at) as approved_from,
        {{ open_end() }} as approved_to
    from resources
    left join told_approvals
        on
            resources.domain_code = told_approvals.domain_code
            and resources.resource_id_exstream = told_approvals.resource_id_exstream
            and resources.version_number = told_approvals.version_number
    where
        resources.state_code = 'APPROVED'
        and told_approvals.resource_id_exstream is null

),

replacements as (

    -- The engine uses the latest approved version: one ends where a later one is approved.
    select
        approvals.domain_code,
        approvals.resource_id_exstream,
        approvals.version_number,
        min(later_approvals.approved_from) as replaced_at
    from approvals
    inner join approvals as later_approvals
        on
            approvals.domain_code = later_approvals.domain_code
            and approvals.resource_id_exstream = later_approvals.resource_id_exstream
            and approvals.version_number < later_approvals.version_number
    group by approvals.domain_code, approvals.resource_id_exstream, approvals.version_number

)

select
    {{ surrogate_key([
        'approvals.domain_code', 'approvals.resource_id_exstream', 'approvals.version_number', 'approvals.approved_from'
    ]) }} as resource_version_use_key,
    resources.resource_version_key,
    approvals.domain_code,
    approvals.resource_id_exstream,
    approvals.approved_by_id,
    resources.resource_type,
    resources.resource_name,
    resources.content_md5,
    approvals.version_number,
    approvals.approved_from as used_from,
    least(approvals.approved_to, coalesce(replacements.replaced_at, {{ open_end() }})) as used_to
from approvals
inner join resources
    on
        approvals.domain_code = resources.domain_code
        and approvals.resource_id_exstream = resources.resource_id_exstream
        and approvals.version_number = resources.version_number
left join replacements
    on
        approvals.domain_code = replacements.domain_code
        and approvals.resource_id_exstream = replacements.resource_id_exstream
        and approvals.version_number = replacements.version_number
where approvals.approved_from < least(approvals.approved_to, coalesce(replacements.replaced_at, {{ open_end() }}))
