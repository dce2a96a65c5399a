with

{{ foreign_variants() }}

select
{{ correction_columns(
    'withdraw_foreign_variant',
    subject_id='exceptions.subject_id',
    community_id='publications.community_id_trading_grid',
    publication_id='publications.publication_id_trading_grid',
    asset_id='publications.asset_id_cloudinary',
    public_id='publications.public_id',
    resource_type='null',
    expected_version='publications.version_number',
    expected_etag='publications.etag',
    desired_version='null',
    desired_etag='null',
    desired_format='null'
) }}
from exceptions
inner join publications
    on exceptions.subject_key = publications.publication_key
inner join own
    on publications.publication_key = own.publication_key
where publications.asset_id_cloudinary is not null
