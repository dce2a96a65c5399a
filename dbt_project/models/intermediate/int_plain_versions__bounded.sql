-- The end of the claims is a mark here, as it moves: docs/decisions/0050-an-end-that-moves-with-the-claims-is-a-mark.md
-- depends_on: {{ ref('int_plain_versions__affected') }}
{{ replaced_by_asset('int_plain_versions__affected') }}

{% set assets = ref('int_plain_versions__affected') %}
{% set most_apart = greatest_clock_uncertainty('exstream') %}

with

versions as (

    -- Bytes that were told by a notification and uploaded once.
    select * from {{ counted_versions(of_assets(ref('int_asset_versions__bounded'), assets)) }} as counted
    where upload_count = 1 and begin_evidence_grade = 'confirmed' and etag is not null

),

names as (

    select * from {{ undisputed_names(of_names_of_assets(ref('int_asset_names__held'), assets)) }} as undisputed
    where resource_type is not null and delivery_type is not null

),

approvals as (

    select
        *,
        count(*) over (partition by asset_id_cloudinary, etag) as approval_count
    from {{ of_assets(ref('int_approvals__granted'), assets) }} as granted

),

approved_versions as (

    select * from {{ of_assets(ref('int_asset_versions__approved'), assets) }} as approved

),

coverage as (

    select
        *,
        {{ known_from('claims') }} as known_from
    from {{ notification_stretches(ref('int_claims__covered')) }} as claims

),

newer_versions as (

    -- Before any newer version may have been in force nothing supersedes.
    select
        versions.asset_version_key,
        min(approved_versions.in_force_from) as newer_from
    from versions
    inner join approved_versions
        on
            versions.asset_id_cloudinary = approved_versions.asset_id_cloudinary
            and approved_versions.uploaded_at > versions.live_from
    where approved_versions.etag <> versions.etag and approved_versions.is_certain
    group by versions.asset_version_key

),

known as (

    -- Everything since the asset was made is covered, and the bytes have one approval or none. How far the last claims
    -- reach is not asked: a stretch that begins behind their end holds no instant.
    select
        versions.*,
        coverage.covered_from,
        coverage.is_last as is_as_far_as_claimed,
        case when not coverage.is_last then coverage.covered_to end as covered_to,
        coverage.known_from,
        coalesce(newer_versions.newer_from, {{ open_end() }}) as newer_from,
        approvals.approval_key,
        approvals.approver_id,
        approvals.evidence_grade as approval_evidence_grade,
        approvals.segments_list,
        approvals.jurisdictions_list,
        approvals.offers_list,
        approvals.is_certain,
        approvals.granted_at,
        approvals.ended_at,
        approvals.valid_from,
        approvals.valid_to,
        greatest(versions._loaded_at, approvals._loaded_at) as _facts_loaded_at
    from versions
    inner join coverage
        on
            versions.asset_created_at >= coverage.known_from
            and versions.live_from >= coverage.known_from
            and (
                coverage.is_last
                or versions.live_from <= {{ seconds_from('coverage.covered_to', var('clock_uncertainty_seconds')) }}
            )
    left join approvals
        on
            versions.asset_id_cloudinary = approvals.asset_id_cloudinary
            and versions.etag = approvals.etag
    left join newer_versions
        on versions.asset_version_key = newer_versions.asset_version_key
    where coalesce(approvals.approval_count, 1) = 1

),

stretches as (

    -- What clocks may be apart at the most where that takes from a stretch, what sound ones are where it adds to it.
    -- Embedded with its number: from its upload on.
    select
        known.*,
        known.asset_id_cloudinary as named_as,
        known.version_number as named_number,
        '' as named_resource_type,
        '' as named_delivery_type,
        greatest(known.covered_from, {{ seconds_from('known.live_from', '-' ~ var('clock_uncertainty_seconds')) }})
            as plain_from,
        {{ seconds_from('known.newer_from', var('clock_uncertainty_seconds')) }} as plain_to,
        {{ seconds_from('known.covered_to', '-' ~ most_apart) }} as plain_until
    from known
    where known.is_only_of_number

    union all

    -- Served under its name: while it was surely live, and the name was its asset's.
    select
        known.*,
        names.public_id as named_as,
        0 as named_number,
        names.resource_type as named_resource_type,
        names.delivery_type as named_delivery_type,
        greatest(
            known.covered_from,
            {{ seconds_from('known.live_from', most_apart) }},
            {{ seconds_from('names.held_from', '-' ~ var('clock_uncertainty_seconds')) }}
        ) as plain_from,
        least(
            {{ seconds_from('known.live_to', '-' ~ most_apart) }},
            {{ seconds_from('names.held_to', var('clock_uncertainty_seconds')) }},
            {{ seconds_from('known.newer_from', var('clock_uncertainty_seconds')) }}
        ) as plain_to,
        least(
            {{ seconds_from('known.covered_to', '-' ~ most_apart) }},
            case
                when known.live_surely_to < known.live_to
                    then {{ seconds_from('known.live_surely_to', '-' ~ most_apart) }}
            end
        ) as plain_until
    from known
    inner join names
        on known.asset_id_cloudinary = names.asset_id_cloudinary
    where known.is_only_while_live

)

select
    {{ surrogate_key(['named_as', 'named_number', 'asset_version_key', 'covered_from']) }} as plain_version_key,
    named_as,
    named_number,
    named_resource_type,
    named_delivery_type,
    plain_from,
    plain_to,
    plain_until,
    is_as_far_as_claimed,
    asset_version_key,
    asset_key,
    asset_id_cloudinary,
    public_id_at_upload,
    etag,
    format_code,
    evidence_reason,
    version_number,
    known_from,
    approval_key,
    approver_id,
    approval_evidence_grade,
    segments_list,
    jurisdictions_list,
    offers_list,
    is_certain,
    granted_at,
    ended_at,
    valid_from,
    valid_to,
    _facts_loaded_at
from stretches
where plain_from < plain_to and (plain_until is null or plain_from <= plain_until)
