-- depends_on: {{ ref('int_versions__affected') }}
-- depends_on: {{ ref('int_approvals__affected') }}
with

affected_assets as (

    select asset_id_cloudinary from {{ ref('int_versions__affected') }}

    union

    select asset_id_cloudinary from {{ ref('int_approvals__affected') }}

),

versions as (

    select * from {{ of_assets(ref('int_asset_versions__lived'), 'affected_assets') }} as lived

),

claimed_ends as (

    select
        covered_to,
        min(covered_from) as covered_from
    from {{ ref('int_claims__covered') }}
    where system_code = 'cloudinary' and stream_name = 'notifications'
    group by covered_to

),

approvals as (

    select * from {{ of_assets(ref('int_approvals__granted'), 'affected_assets') }} as granted

),

names as (

    select * from {{ ref('int_asset_names__held') }}

),

resources as (

    select * from {{ of_assets(ref('stg_cloudinary__resources'), 'affected_assets') }} as shown

),

lasting_versions as (

    -- How long a version surely lasted. Where that is to the end of the claims, the end is not its own: it moves with
    -- every claim, and what is judged behind the end of old claims is judged anew for the sake of the new ones. Then
    -- the begin of these claims stands for it.
    select
        versions.*,
        surely.covered_from as surely_claimed_from,
        case when surely.covered_to is null then versions.live_surely_to end as own_surely_to,
        doubts.covered_from as undoubted_from,
        case when doubts.covered_to is null then versions.first_doubt_at end as own_first_doubt_at
    from versions
    left join claimed_ends as surely
        on versions.live_surely_to = surely.covered_to
    left join claimed_ends as doubts
        on versions.first_doubt_at = doubts.covered_to

),

version_facts as (

    select *
    from {{ with_replaced('lasting_versions', {
        'live_surely_to': open_end(), 'first_doubt_at': open_end(), '_log_index': 0
    }) }}

),

facts as (

    select
        'asset' as subject_type,
        asset_id_cloudinary as subject_id,
        {{ summable_hash(row_text('version_facts')) }} as fact_hash
    from version_facts

    union all

    select
        'asset' as subject_type,
        asset_id_cloudinary as subject_id,
        {{ summable_hash(row_text('approvals')) }} as fact_hash
    from approvals

    union all

    select
        'asset' as subject_type,
        asset_id_cloudinary as subject_id,
        fact_hash
    from {{ of_assets('names', 'affected_assets') }} as held

    union all

    -- That there is such an asset.
    select distinct
        'asset' as subject_type,
        asset_id_cloudinary as subject_id,
        1 as fact_hash
    from resources

    union all

    select
        'name' as subject_type,
        public_id as subject_id,
        fact_hash
    from names

),

fingerprints as (

    select
        subject_type,
        subject_id,
        {{ surrogate_key(['count(*)', 'sum(fact_hash)']) }} as fingerprint
    from facts
    where subject_id is not null
    group by subject_type, subject_id

)

{% if is_increment() %},

kept as (

    select * from {{ this }}
    where fingerprint is not null

),

built as (

    -- Every name, and the assets of which something may have changed.
    select * from kept
    where subject_type = 'name' or subject_id in (select asset_id_cloudinary from affected_assets)

)

-- A subject of which nothing is left stays for this build, without a fingerprint.
select
    coalesce(
        built.subject_key, {{ surrogate_key(['fingerprints.subject_type', 'fingerprints.subject_id']) }}
    ) as subject_key,
    coalesce(fingerprints.subject_type, built.subject_type) as subject_type,
    coalesce(fingerprints.subject_id, built.subject_id) as subject_id,
    fingerprints.fingerprint,
    coalesce(fingerprints.fingerprint <> built.fingerprint, true) as is_changed
from fingerprints
full outer join built
    on
        fingerprints.subject_type = built.subject_type
        and fingerprints.subject_id = built.subject_id

union all

select
    subject_key,
    subject_type,
    subject_id,
    fingerprint,
    false as is_changed
from kept
where subject_type = 'asset' and subject_id not in (select asset_id_cloudinary from affected_assets)

{% else %}

select
    {{ surrogate_key(['subject_type', 'subject_id']) }} as subject_key,
    subject_type,
    subject_id,
    fingerprint,
    true as is_changed
from fingerprints

{% endif %}
