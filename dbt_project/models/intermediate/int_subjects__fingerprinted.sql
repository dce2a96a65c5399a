with

versions as (

    select * from {{ ref('int_asset_versions__lived') }}

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

    select * from {{ ref('int_approvals__granted') }}

),

names as (

    select * from {{ ref('int_asset_names__held') }}

),

resources as (

    select * from {{ ref('stg_cloudinary__resources') }}

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

name_facts as (

    select
        asset_id_cloudinary,
        public_id,
        {{ summable_hash(row_text('names')) }} as fact_hash
    from names

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
    from name_facts

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
    from name_facts

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

built as (

    select
        subject_type,
        subject_id,
        fingerprint
    from {{ this }}
    where fingerprint is not null

)

-- A subject of which nothing is left stays for this build, without a fingerprint.
select
    {{ surrogate_key([
        'coalesce(fingerprints.subject_type, built.subject_type)', 'coalesce(fingerprints.subject_id, built.subject_id)'
    ]) }} as subject_key,
    coalesce(fingerprints.subject_type, built.subject_type) as subject_type,
    coalesce(fingerprints.subject_id, built.subject_id) as subject_id,
    fingerprints.fingerprint,
    coalesce(fingerprints.fingerprint <> built.fingerprint, true) as is_changed
from fingerprints
full outer join built
    on
        fingerprints.subject_type = built.subject_type
        and fingerprints.subject_id = built.subject_id

{% else %}

select
    {{ surrogate_key(['subject_type', 'subject_id']) }} as subject_key,
    subject_type,
    subject_id,
    fingerprint,
    true as is_changed
from fingerprints

{% endif %}
