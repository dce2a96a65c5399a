with

distributions as (

    select * from {{ ref('stg_trading_grid__distributions') }}

),

accesses as (

    select * from {{ ref('stg_trading_grid__accesses') }}
    where kind = 'downloaded'

),

publications as (

    select * from {{ ref('stg_trading_grid__publications') }}

),

communities as (

    select * from {{ ref('stg_trading_grid__communities') }}

),

evaluations as (

    select * from {{ ref('int_evaluations__dated') }}

),

cases as (

    select * from {{ ref('int_cases__resolved') }}

),

launch_visuals as (

    select * from {{ ref('int_launch_visuals__named') }}
    where public_id is not null

),

sent as (

    -- Without an asset id the name that was sent counts, or the one in the address.
    select
        distributions.distribution_key,
        distributions.asset_id_cloudinary,
        case
            when distributions.public_id is not null then distributions.public_id
            when {{ is_our_cloud('distributions.asset_url_cloud_name') }} then distributions.asset_url_public_id
        end as public_id,
        distributions.etag,
        communities.region_code as jurisdiction_code,
        coalesce(distributions.version_number, distributions.asset_url_version_number) as version_number,
        distributions.occurred_at,
        distributions._loaded_at
    from distributions
    left join communities
        on distributions.community_key = communities.community_key

)

select
    {{ surrogate_key(["'distribution'", 'distribution_key']) }} as partner_reference_key,
    'distribution' as reference_type,
    distribution_key as subject_key,
    asset_id_cloudinary,
    public_id,
    etag,
    'distribution' as channel_code,
    jurisdiction_code,
    version_number,
    false as is_live_url,
    occurred_at as referenced_at,
    occurred_at as judged_at,
    _loaded_at
from sent

union all

-- What a partner holds is judged once more, at the instant up to which everything is claimed.
select
    {{ surrogate_key(["'distribution_now'", 'sent.distribution_key']) }} as partner_reference_key,
    'distribution_now' as reference_type,
    sent.distribution_key as subject_key,
    sent.asset_id_cloudinary,
    sent.public_id,
    sent.etag,
    'distribution' as channel_code,
    sent.jurisdiction_code,
    sent.version_number,
    false as is_live_url,
    sent.occurred_at as referenced_at,
    evaluations.evaluated_at as judged_at,
    cast(null as {{ instant_type() }}) as _loaded_at
from sent
left join evaluations
    on evaluations.subject_type = 'distribution'

union all

-- A launch publishes what is live at its instant, for the region that it is required in.
select
    {{ surrogate_key(["'launch_visual'", 'launch_requirement_key']) }} as partner_reference_key,
    'launch_visual' as reference_type,
    launch_requirement_key as subject_key,
    cast(null as {{ text_type() }}) as asset_id_cloudinary,
    public_id,
    cast(null as {{ text_type() }}) as etag,
    'launch' as channel_code,
    region_code as jurisdiction_code,
    cast(null as bigint) as version_number,
    true as is_live_url,
    judged_at as referenced_at,
    judged_at,
    cast(null as {{ instant_type() }}) as _loaded_at
from launch_visuals

union all

-- What a case reports is judged at its opening, for its community's region: that the case itself was read late says
-- nothing of the asset.
select
    {{ surrogate_key(["'case'", 'cases.case_key']) }} as partner_reference_key,
    'case' as reference_type,
    cases.case_key as subject_key,
    cases.asset_id_cloudinary,
    cast(null as {{ text_type() }}) as public_id,
    cast(null as {{ text_type() }}) as etag,
    'community' as channel_code,
    communities.region_code as jurisdiction_code,
    cases.reported_version_number as version_number,
    false as is_live_url,
    cases.opened_at as referenced_at,
    cases.opened_at as judged_at,
    cast(null as {{ instant_type() }}) as _loaded_at
from cases
left join communities
    on cases.community_key = communities.community_key

union all

-- What a partner downloaded is what was published; it is judged at the download, for the community's region.
select
    {{ surrogate_key(["'download'", "'access'", 'accesses.access_id_trading_grid']) }} as partner_reference_key,
    'download' as reference_type,
    {{ surrogate_key(["'access'", 'accesses.access_id_trading_grid']) }} as subject_key,
    publications.asset_id_cloudinary,
    publications.public_id,
    publications.etag,
    'community' as channel_code,
    communities.region_code as jurisdiction_code,
    publications.version_number,
    false as is_live_url,
    publications.published_at as referenced_at,
    accesses.occurred_at as judged_at,
    accesses._loaded_at
from accesses
inner join publications
    on accesses.publication_key = publications.publication_key
left join communities
    on publications.community_key = communities.community_key
