with

distributions as (

    select * from {{ ref('stg_trading_grid__distributions') }}

),

verdicts_at_issue as (

    select * from {{ ref('int_references__evidenced') }}
    where reference_type = 'distribution'

),

verdicts_now as (

    select * from {{ ref('int_references__evidenced') }}
    where reference_type = 'distribution_now'

),

versions as (

    select * from {{ ref('dim_asset_versions') }}

),

acknowledgements as (

    select * from {{ ref('fct_acknowledgements') }}
    where is_matched and not is_test

),

days_allowed as (

    select * from {{ ref('days_allowed') }}
    where subject_type = 'distribution'

),

catalogue_rules as (

    select * from {{ ref('catalogue_rules') }}

),

answers as (

    -- The portal names the distribution, an interchange the document that carried it.
    select
        distributions.distribution_key,
        acknowledgements.kind,
        acknowledgements.is_acceptance,
        acknowledgements.is_rejection,
        acknowledgements.has_other_bytes,
        acknowledgements.occurred_at
    from distributions
    inner join acknowledgements
        on distributions.distribution_key = acknowledgements.distribution_key

    union all

    select
        distributions.distribution_key,
        acknowledgements.kind,
        acknowledgements.is_acceptance,
        acknowledgements.is_rejection,
        acknowledgements.has_other_bytes,
        acknowledgements.occurred_at
    from distributions
    inner join acknowledgements
        on distributions.document_key = acknowledgements.document_key

),

answered as (

    -- A 997 says that it could be read. Taken is what an 824 or the portal takes, and these very bytes. An 824 that
    -- decides nothing says that it came.
    select
        distribution_key,
        min(case when kind = '997' and is_acceptance then occurred_at end) as received_at,
        min(case when kind = '824' and is_acceptance and not has_other_bytes then occurred_at end) as accepted_at,
        min(case when kind = 'portal' and is_acceptance and not has_other_bytes then occurred_at end)
            as acknowledged_at,
        max(case when kind <> '997' and is_acceptance and not has_other_bytes then occurred_at end) as last_taken_at,
        max(case when is_rejection then occurred_at end) as last_rejected_at,
        count(case when has_other_bytes and is_acceptance then 1 end) as other_bytes_count,
        count(case when not is_acceptance and not is_rejection then 1 end) as undecided_count
    from answers
    group by distribution_key

),

issued as (

    select
        distributions.*,
        verdicts_at_issue.asset_version_key,
        verdicts_at_issue.approval_key,
        verdicts_now.approval_key as approval_key_now,
        verdicts_at_issue.coverage_key,
        verdicts_now.coverage_key as coverage_key_now,
        verdicts_at_issue.evidence_strength,
        verdicts_at_issue.evidence_grade,
        verdicts_now.evidence_grade as evidence_grade_now,
        verdicts_at_issue.verdict as verdict_at_issue,
        verdicts_at_issue.verdict_reason as verdict_reason_at_issue,
        coalesce(verdicts_at_issue.asset_id_cloudinary, distributions.asset_id_cloudinary) as issued_asset_id,
        coalesce(verdicts_at_issue.version_number, distributions.version_number) as issued_version_number,
        coalesce(verdicts_at_issue.etag, distributions.etag) as issued_etag,
        verdicts_now.verdict as verdict_now,
        verdicts_now.verdict_reason as verdict_reason_now,
        coalesce(verdicts_now.verdict_reason, verdicts_at_issue.verdict_reason) as verdict_reason,
        verdicts_now.superseding_asset_version_key,
        {{ gtin14('distributions.gtin') }} as gtin14
    from distributions
    left join verdicts_at_issue
        on distributions.distribution_key = verdicts_at_issue.subject_key
    left join verdicts_now
        on distributions.distribution_key = verdicts_now.subject_key

),

ordered as (

    select
        *,
        lead(distribution_key) over (
            partition by partner_key, coalesce(issued_asset_id, gtin14, distribution_key)
            order by occurred_at asc nulls last, distribution_id_trading_grid asc nulls last
        ) as next_distribution_key
    from issued

),

judged as (

    select
        ordered.*,
        versions.size_bytes,
        versions.format_code,
        answered.received_at,
        answered.accepted_at,
        answered.acknowledged_at,
        answered.last_rejected_at,
        coalesce(answered.other_bytes_count, 0) as other_bytes_count,
        {{ days_from('ordered.occurred_at', 'days_allowed.days_allowed') }} as acknowledgement_due_at,
        case
            when coalesce(answered.last_taken_at > coalesce(answered.last_rejected_at, {{ open_start() }}), false)
                then 'acknowledged'
            when ordered.next_distribution_key is not null then 'replaced'
            when answered.last_rejected_at is not null then 'rejected'
            when answered.other_bytes_count > 0 then 'other_bytes_acknowledged'
            when answered.received_at is not null or answered.undecided_count > 0 then 'only_received'
            else 'not_answered'
        end as acknowledgement_reason,
        case
            when ordered.gtin is null then 'not_catalogue_artwork'
            when ordered.gtin14 is null then 'gtin_wrong'
            when ordered.file_name is null then 'file_name_missing'
            when {{ has_character_no_catalogue_takes('ordered.file_name') }} then 'file_name_not_allowed'
            when {{ gtin14_in_name('ordered.file_name') }} <> ordered.gtin14 then 'file_name_of_another_gtin'
            when catalogue_rules.format_code is null then 'no_rule'
            when
                not (lower(ordered.file_name) like '%.jpg' or lower(ordered.file_name) like '%.jpeg')
                or versions.format_code <> catalogue_rules.format_code
                then 'format_not_catalogued'
            when versions.size_bytes > catalogue_rules.max_bytes then 'too_heavy_for_catalogue'
            when versions.format_code is null or versions.size_bytes is null then 'not_told'
            else 'fits'
        end as catalogue_reason
    from ordered
    left join versions
        on ordered.asset_version_key = versions.asset_version_key
    left join answered
        on ordered.distribution_key = answered.distribution_key
    left join days_allowed
        on
            ordered.occurred_at >= days_allowed.valid_from
            and ordered.occurred_at < days_allowed.valid_to
    left join catalogue_rules
        on
            ordered.occurred_at >= catalogue_rules.valid_from
            and ordered.occurred_at < catalogue_rules.valid_to

)

select
    cast(distribution_key as {{ text_type() }}) as distribution_key,
    cast(partner_key as {{ text_type() }}) as partner_key,
    cast(community_key as {{ text_type() }}) as community_key,
    cast(publication_key as {{ text_type() }}) as publication_key,
    cast(
        case when issued_asset_id is not null then {{ surrogate_key(['issued_asset_id']) }} end as {{ text_type() }}
    ) as asset_key,
    cast(asset_version_key as {{ text_type() }}) as asset_version_key,
    cast(approval_key as {{ text_type() }}) as approval_key,
    cast(approval_key_now as {{ text_type() }}) as approval_key_now,
    cast(coverage_key as {{ text_type() }}) as coverage_key,
    cast(coverage_key_now as {{ text_type() }}) as coverage_key_now,
    cast(superseding_asset_version_key as {{ text_type() }}) as superseding_asset_version_key,
    cast(next_distribution_key as {{ text_type() }}) as next_distribution_key,
    cast(distribution_id_trading_grid as {{ text_type() }}) as distribution_id_trading_grid,
    cast(issued_asset_id as {{ text_type() }}) as asset_id_cloudinary,
    cast(public_id as {{ text_type() }}) as public_id,
    cast(issued_etag as {{ text_type() }}) as etag,
    cast(gtin as {{ text_type() }}) as gtin,
    cast(gtin14 as {{ text_type() }}) as gtin14,
    cast(file_name as {{ text_type() }}) as file_name,
    cast(content_hash as {{ text_type() }}) as content_hash,
    cast(format_code as {{ text_type() }}) as format_code,
    cast(verdict_at_issue as {{ text_type() }}) as verdict_at_issue,
    cast(verdict_now as {{ text_type() }}) as verdict_now,
    cast(verdict_reason_at_issue as {{ text_type() }}) as verdict_reason_at_issue,
    cast(verdict_reason_now as {{ text_type() }}) as verdict_reason_now,
    cast(verdict_reason as {{ text_type() }}) as verdict_reason,
    cast(evidence_strength as {{ text_type() }}) as evidence_strength,
    cast(evidence_grade as {{ text_type() }}) as evidence_grade,
    cast(evidence_grade_now as {{ text_type() }}) as evidence_grade_now,
    cast(acknowledgement_reason as {{ text_type() }}) as acknowledgement_reason,
    cast(catalogue_reason as {{ text_type() }}) as catalogue_reason,
    cast(issued_version_number as bigint) as version_number,
    cast(size_bytes as bigint) as size_bytes,
    cast(other_bytes_count as bigint) as other_bytes_count,
    cast(next_distribution_key is null as boolean) as is_latest,
    cast(occurred_at as {{ instant_type() }}) as issued_at,
    cast(received_at as {{ instant_type() }}) as received_at,
    cast(accepted_at as {{ instant_type() }}) as accepted_at,
    cast(acknowledged_at as {{ instant_type() }}) as acknowledged_at,
    cast(last_rejected_at as {{ instant_type() }}) as last_rejected_at,
    cast(acknowledgement_due_at as {{ instant_type() }}) as acknowledgement_due_at,
    cast(_log_index as bigint) as _log_index
from judged
