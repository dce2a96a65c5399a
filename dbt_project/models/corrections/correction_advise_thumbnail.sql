with

exceptions as (

    select * from {{ ref('fct_exceptions') }}
    where control_name = 'ctl_thumbnails_of_other_versions'

),

rich_media_uses as (

    select * from {{ ref('fct_rich_media_uses') }}

),

communications as (

    select * from {{ ref('fct_communications') }}

),

assets as (

    select * from {{ ref('dim_assets') }}
    where not is_deleted

),

versions as (

    select * from {{ ref('dim_asset_versions') }}

),

placed as (

    select
        rich_media_uses.*,
        coalesce(communications.template_id_exstream, 'any template') as template_name
    from rich_media_uses
    left join communications
        on rich_media_uses.communication_key = communications.communication_key

),

numbered as (

    select
        placed.*,
        exceptions.exception_key,
        exceptions.reason,
        row_number() over (
            partition by placed.template_name, placed.channel_code, placed.target_asset_key
            order by placed.generated_at desc nulls last, placed.asset_use_key asc nulls last
        ) as recency_number
    from placed
    inner join exceptions
        on placed.asset_use_key = exceptions.subject_key

),

patterns as (

    select * from numbered
    where recency_number = 1

),

followed as (

    select distinct
        patterns.template_name,
        patterns.channel_code,
        patterns.target_asset_key
    from patterns
    inner join placed
        on
            patterns.template_name = placed.template_name
            and patterns.channel_code = placed.channel_code
            and patterns.target_asset_key = placed.target_asset_key
            and patterns.generated_at < placed.generated_at
    where placed.thumbnail_source_state = 'same_version'

)

select
{{ correction_columns(
    'advise_thumbnail',
    exception_key='patterns.exception_key',
    subject_id="patterns.template_name || '/' || patterns.channel_code || '/' || assets.public_id",
    target_id="patterns.template_name || '/' || patterns.channel_code || '/' || assets.asset_id_cloudinary",
    asset_id='assets.asset_id_cloudinary',
    public_id='assets.public_id',
    resource_type='assets.resource_type',
    expected_version='patterns.version_number',
    expected_etag='shown_versions.etag',
    desired_version='patterns.served_version_number_now',
    desired_etag='served_versions.etag',
    desired_format="'jpg'",
    reason='patterns.reason',
    is_in_effect='followed.template_name is not null'
) }}
from patterns
inner join assets
    on patterns.target_asset_key = assets.asset_key
inner join versions as served_versions
    on
        patterns.target_asset_version_key_now = served_versions.asset_version_key
        and assets.current_etag = served_versions.etag
left join versions as shown_versions
    on patterns.asset_version_key = shown_versions.asset_version_key
left join followed
    on
        patterns.template_name = followed.template_name
        and patterns.channel_code = followed.channel_code
        and patterns.target_asset_key = followed.target_asset_key
where patterns.target_state_now = 'approved'
