with

asset_uses as (

    select * from {{ ref('fct_asset_uses') }}

),

output_links as (

    select * from {{ ref('fct_output_links') }}

),

communications as (

    select * from {{ ref('fct_communications') }}

),

versions as (

    select * from {{ ref('dim_asset_versions') }}

),

publications as (

    select * from {{ ref('fct_publications') }}

),

verdicts as (

    select * from {{ ref('verdicts') }}

),

places as (

    select
        'asset_use' as place_type,
        asset_key,
        asset_version_key,
        asset_id_cloudinary,
        public_id,
        version_number,
        etag,
        channel_code,
        jurisdiction_code,
        communication_key,
        verdict,
        generated_at as used_at,
        1 as use_count,
        0 as output_link_count,
        0 as publication_count,
        0 as live_publication_count
    from asset_uses

    union all

    select
        'output_link' as place_type,
        output_links.asset_key,
        output_links.asset_version_key,
        output_links.asset_id_cloudinary,
        output_links.public_id,
        output_links.version_number,
        versions.etag,
        output_links.channel_code,
        communications.jurisdiction_code,
        output_links.communication_key,
        output_links.verdict,
        output_links.composed_at as used_at,
        0 as use_count,
        1 as output_link_count,
        0 as publication_count,
        0 as live_publication_count
    from output_links
    left join communications
        on output_links.communication_key = communications.communication_key
    left join versions
        on output_links.asset_version_key = versions.asset_version_key
    where output_links.is_beside_report

    union all

    select
        'publication' as place_type,
        asset_key,
        asset_version_key,
        asset_id_cloudinary,
        public_id,
        version_number,
        etag,
        'community' as channel_code,
        region_code as jurisdiction_code,
        cast(null as {{ text_type() }}) as communication_key,
        coalesce(verdict_now, verdict_at_publication) as verdict,
        published_at as used_at,
        0 as use_count,
        0 as output_link_count,
        1 as publication_count,
        case when is_live then 1 else 0 end as live_publication_count
    from publications

),

weekly as (

    select
        places.place_type,
        places.asset_id_cloudinary,
        places.asset_version_key,
        places.version_number,
        places.etag,
        places.channel_code,
        places.jurisdiction_code,
        -- An asset that is not known has the name that it was used by, and no other one.
        case when places.asset_id_cloudinary is null then places.public_id end as unknown_public_id,
        {{ week_start('places.used_at') }} as week_start_date,
        max(places.asset_key) as asset_key,
        max(places.public_id) as public_id,
        min(verdicts.severity_rank) as severity_rank,
        sum(places.use_count) as use_count,
        sum(places.output_link_count) as output_link_count,
        count(distinct places.communication_key) as communication_count,
        sum(places.publication_count) as publication_count,
        sum(places.live_publication_count) as live_publication_count,
        min(places.used_at) as first_used_at,
        max(places.used_at) as last_used_at
    from places
    left join verdicts
        on places.verdict = verdicts.verdict
    group by
        places.place_type,
        places.asset_id_cloudinary,
        places.asset_version_key,
        places.version_number,
        places.etag,
        places.channel_code,
        places.jurisdiction_code,
        case when places.asset_id_cloudinary is null then places.public_id end,
        {{ week_start('places.used_at') }}

)

select
    {{ surrogate_key([
        'weekly.place_type', 'weekly.asset_id_cloudinary', 'weekly.asset_version_key', 'weekly.version_number',
        'weekly.etag', 'weekly.channel_code', 'weekly.jurisdiction_code',
        'weekly.unknown_public_id', 'weekly.week_start_date'
    ]) }} as asset_place_key,
    weekly.asset_key,
    weekly.asset_version_key,
    weekly.place_type,
    weekly.asset_id_cloudinary,
    weekly.public_id,
    weekly.etag,
    weekly.channel_code,
    weekly.jurisdiction_code,
    verdicts.verdict as worst_verdict,
    weekly.version_number,
    cast(weekly.use_count as bigint) as use_count,
    cast(weekly.output_link_count as bigint) as output_link_count,
    cast(weekly.communication_count as bigint) as communication_count,
    cast(weekly.publication_count as bigint) as publication_count,
    cast(weekly.live_publication_count as bigint) as live_publication_count,
    weekly.week_start_date,
    weekly.first_used_at,
    weekly.last_used_at
from weekly
left join verdicts
    on weekly.severity_rank = verdicts.severity_rank
