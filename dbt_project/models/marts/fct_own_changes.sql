with

changes as (

    select * from {{ ref('int_own_changes__told') }}

),

writes as (

    select * from {{ ref('int_own_writes__begun') }}

),

claims as (

    select * from {{ ref('stg_log__batches') }}

),

evaluations as (

    select * from {{ ref('int_evaluations__dated') }}
    where subject_type = 'own_change'

),

outbox as (

    -- A write begins in the outbox before the vendor is asked: up to here no write is missing.
    select max(window_to) as known_until
    from claims
    where system_code = 'corrections' and stream_name = 'transitions' and is_complete and outcome = 'accepted'

),

marked as (

    select
        changes.own_change_key,
        writes.correction_key,
        writes.begun_at,
        writes.begun_at <= {{ seconds_from('changes.changed_at', own_change_leeway()) }} as is_begun,
        case changes.change_type
            when 'publication'
                then
                    writes.object_type in (
                        'publication', 'community_need', 'search_topic', 'format_request', 'feedback'
                    )
                    and writes.desired_version_number is not null
                    and coalesce(changes.asset_id_cloudinary, writes.asset_id_cloudinary) = writes.asset_id_cloudinary
                    and coalesce(changes.version_number, writes.desired_version_number) = writes.desired_version_number
                    and coalesce(changes.etag, writes.desired_etag, '') = coalesce(writes.desired_etag, '')
                    and coalesce(writes.community_id_trading_grid, changes.community_id_trading_grid)
                    = changes.community_id_trading_grid
            when 'case_message'
                then
                    writes.object_type = 'case'
                    and writes.object_id = changes.object_id
                    and coalesce(changes.version_number, writes.desired_version_number) = writes.desired_version_number
            when 'launch_message'
                then writes.object_type = 'launch' and writes.object_id = changes.object_id
            when 'distribution'
                then
                    writes.object_type = 'distribution'
                    and coalesce(writes.partner_id_trading_grid, changes.object_id) = changes.object_id
                    and coalesce(changes.asset_id_cloudinary, writes.asset_id_cloudinary) = writes.asset_id_cloudinary
                    and coalesce(changes.version_number, writes.desired_version_number) = writes.desired_version_number
                    and coalesce(changes.etag, writes.desired_etag, '') = coalesce(writes.desired_etag, '')
            when 'design_change'
                then writes.object_type = 'image' and writes.object_id = changes.object_id
            when 'asset_change'
                then
                    writes.object_type in ('feedback', 'asset')
                    and (
                        writes.asset_id_cloudinary = changes.asset_id_cloudinary
                        or coalesce(writes.new_public_id = changes.public_id, false)
                    )
            else false
        end as is_same
    from changes
    inner join writes
        on changes.correlation_id = writes.correlation_id

),

unmarked as (

    -- What carries no mark has to have been made while a correction of that very object was being written.
    select
        changes.own_change_key,
        writes.correction_key,
        writes.begun_at
    from changes
    inner join writes
        on
            changes.correlation_id is null
            and writes.begun_at <= {{ seconds_from('changes.changed_at', own_change_leeway()) }}
            and writes.ended_at >= {{ seconds_from('changes.changed_at', '-' ~ own_change_leeway()) }}
            and case changes.change_type
                when 'withdrawal'
                    then
                        writes.kind in ('withdraw_recalled', 'withdraw_foreign_variant')
                        and writes.object_id = changes.object_id
                when 'design_change'
                    then writes.object_type = 'image' and writes.object_id = changes.object_id
                when 'asset_change'
                    then
                        (
                            writes.asset_id_cloudinary = changes.asset_id_cloudinary
                            or coalesce(writes.new_public_id = changes.public_id, false)
                        )
                        and case
                            when changes.change_code = 'upload'
                                then writes.kind = 'push_file' and coalesce(writes.desired_etag = changes.etag, false)
                            else writes.object_type in ('feedback', 'asset')
                        end
                else false
            end

),

explanations as (

    select
        own_change_key,
        count(*) as write_count,
        count(case when is_begun then 1 end) as begun_count,
        count(case when is_begun and is_same then 1 end) as same_count,
        min(correction_key) as correction_key,
        min(begun_at) as begun_at
    from marked
    group by own_change_key

    union all

    select
        own_change_key,
        count(*) as write_count,
        count(*) as begun_count,
        count(*) as same_count,
        min(correction_key) as correction_key,
        min(begun_at) as begun_at
    from unmarked
    group by own_change_key

),

counted as (

    -- A message, a publication or a sending of one mark is made once; in Exstream a mark stands at each step.
    select
        changes.*,
        explanations.correction_key,
        explanations.begun_at,
        coalesce(explanations.write_count, 0) as write_count,
        coalesce(explanations.begun_count, 0) as begun_count,
        coalesce(explanations.same_count, 0) as same_count,
        row_number() over (
            partition by
                changes.correlation_id, changes.change_type, case when explanations.same_count > 0 then 1 else 0 end
            order by changes.changed_at asc nulls last, changes.own_change_key asc nulls last
        ) as same_number
    from changes
    left join explanations
        on changes.own_change_key = explanations.own_change_key

)

select
    cast(counted.own_change_key as {{ text_type() }}) as own_change_key,
    cast(counted.subject_id as {{ text_type() }}) as subject_id,
    cast(counted.object_id as {{ text_type() }}) as object_id,
    cast(
        case
            when counted.asset_id_cloudinary is not null then {{ surrogate_key(['counted.asset_id_cloudinary']) }}
        end as {{ text_type() }}
    ) as asset_key,
    cast(counted.correction_key as {{ text_type() }}) as correction_key,
    cast(counted.account_id as {{ text_type() }}) as account_id,
    cast(counted.correlation_id as {{ text_type() }}) as correlation_id,
    cast(counted.change_type as {{ text_type() }}) as change_type,
    cast(counted.change_code as {{ text_type() }}) as change_code,
    cast(counted.public_id as {{ text_type() }}) as public_id,
    cast(counted.etag as {{ text_type() }}) as etag,
    cast(counted.version_number as bigint) as version_number,
    cast(
        case
            when counted.changed_at is null or outbox.known_until is null
                then 'not_yet_known'
            when counted.changed_at > {{ seconds_from('outbox.known_until', '-' ~ own_change_leeway()) }}
                then case when counted.same_count > 0 then 'correction' else 'not_yet_known' end
            when counted.correlation_id is null and counted.same_count = 0 then 'no_correction'
            when counted.write_count = 0 then 'unknown_mark'
            when counted.begun_count = 0 then 'before_sending'
            when counted.same_count = 0 then 'other_than_approved'
            when
                counted.same_number > 1
                and counted.change_type in ('publication', 'case_message', 'launch_message', 'distribution')
                then 'done_twice'
            else 'correction'
        end as {{ text_type() }}
    ) as explanation,
    cast(counted.begun_at as {{ instant_type() }}) as begun_at,
    cast(counted.changed_at as {{ instant_type() }}) as changed_at,
    cast(evaluations.evaluated_at as {{ instant_type() }}) as evaluated_at,
    cast(counted._log_index as bigint) as _log_index
from counted
cross join outbox
cross join evaluations
