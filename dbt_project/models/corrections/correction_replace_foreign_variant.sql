with

{{ foreign_variants() }},

publishable as (

    select * from {{ ref('dim_publishable_versions') }}

),

fitting as (

    select distinct
        publications.publication_key,
        communities.region_code,
        communities.language_code,
        publishable.asset_id_cloudinary,
        publishable.public_id,
        publishable.resource_type,
        publishable.version_number,
        publishable.etag,
        publishable.format_code
    from exceptions
    inner join publications
        on exceptions.subject_key = publications.publication_key
    inner join communities
        on publications.community_key = communities.community_key
    inner join publishable
        on publications.asset_id_cloudinary = publishable.asset_id_cloudinary
    where {{ is_jurisdiction_allowed('publishable', 'communities') }}

)

select
{{ correction_columns(
    'replace_foreign_variant',
    subject_id='exceptions.subject_id',
    community_id='publications.community_id_trading_grid',
    publication_id='publications.publication_id_trading_grid',
    asset_id='fitting.asset_id_cloudinary',
    public_id='fitting.public_id',
    resource_type='fitting.resource_type',
    expected_version='publications.version_number',
    expected_etag='publications.etag',
    desired_version='fitting.version_number',
    desired_etag='fitting.etag',
    desired_format='fitting.format_code',
    rendition='publications.rendition_name',
    region='fitting.region_code',
    language='fitting.language_code',
    device="case when publications.device_code <> 'any' then publications.device_code end",
    transformation=light_rendition('fitting.resource_type')
) }}
from exceptions
inner join publications
    on exceptions.subject_key = publications.publication_key
inner join fitting
    on publications.publication_key = fitting.publication_key
left join own
    on publications.publication_key = own.publication_key
where own.publication_key is null
