with

exceptions as (

    select * from {{ ref('fct_exceptions') }}
    where control_name in ('ctl_templates_behind_approved_versions', 'ctl_old_visuals_after_launch')

),

template_links as (

    select * from {{ ref('fct_template_links') }}
    where is_in_use and not is_live_url

),

templates as (

    select * from {{ ref('dim_templates') }}

),

images as (

    -- A designer's own work on an image goes on undisturbed; a draft of ours is what was begun and not ended.
    select * from {{ ref('dim_template_images') }}
    where
        not is_locked
        and (
            (newest_state_code = 'APPROVED' and newest_version_number = used_version_number)
            or (newest_state_code = 'DRAFT' and is_newest_by_correction)
        )

),

uses_after_launch as (

    select * from {{ ref('fct_uses_after_launch') }}

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

called_for as (

    select
        exception_key,
        subject_key as template_image_key,
        reason
    from exceptions
    where subject_type = 'template_link'

    union all

    -- The letters are sent: what still stands is the template that shows the old visual.
    select
        exceptions.exception_key,
        template_links.template_image_key,
        exceptions.reason
    from exceptions
    inner join uses_after_launch
        on
            exceptions.subject_type = 'use_after_launch'
            and exceptions.subject_key = uses_after_launch.asset_use_key
    inner join communications
        on uses_after_launch.communication_key = communications.communication_key
    inner join template_links
        on
            communications.template_id_exstream = template_links.template_id_exstream
            and uses_after_launch.asset_key = template_links.asset_key
    inner join versions as launched_versions
        on
            template_links.newest_approved_asset_version_key = launched_versions.asset_version_key
            and uses_after_launch.launched_asset_version_key = launched_versions.asset_version_key
    where template_links.link_state = 'old'

),

shown as (

    select
        template_links.*,
        templates.domain_code,
        versions.etag as newest_approved_etag,
        versions.format_code as newest_approved_format_code
    from template_links
    inner join templates
        on template_links.template_key = templates.template_key
    left join versions
        on template_links.newest_approved_asset_version_key = versions.asset_version_key

),

agreed as (

    -- An image is one for all templates that show it: what replaces it has to be approved for each of them.
    select
        domain_code,
        image_resource_id_exstream,
        max(newest_approved_etag) as newest_approved_etag
    from shown
    group by domain_code, image_resource_id_exstream
    having
        count(*) = count(newest_approved_etag)
        and count(distinct newest_approved_etag) = 1
        and count(distinct asset_key) = 1

),

candidates as (

    select
        called_for.exception_key,
        called_for.reason,
        shown.template_image_id,
        shown.domain_code || '/' || shown.image_resource_id_exstream as target_id,
        images.used_version_number,
        assets.asset_id_cloudinary,
        assets.public_id,
        assets.resource_type,
        shown.version_number,
        shown.etag,
        shown.newest_approved_version_number,
        shown.newest_approved_etag,
        shown.newest_approved_format_code,
        row_number() over (
            partition by shown.domain_code, shown.image_resource_id_exstream
            order by shown.template_image_id asc nulls last, called_for.exception_key asc nulls last
        ) as candidate_number
    from called_for
    inner join shown
        on called_for.template_image_key = shown.template_image_key
    inner join agreed
        on
            shown.domain_code = agreed.domain_code
            and shown.image_resource_id_exstream = agreed.image_resource_id_exstream
    inner join images
        on
            shown.domain_code = images.domain_code
            and shown.image_resource_id_exstream = images.resource_id_exstream
            and shown.image_version_number = images.used_version_number
    inner join assets
        on
            shown.asset_key = assets.asset_key
            and shown.newest_approved_etag = assets.current_etag
    where assets.resource_type = 'image'

)

select
{{ correction_columns(
    'review_template_image',
    exception_key='candidates.exception_key',
    subject_id='candidates.template_image_id',
    target_id='candidates.target_id',
    target_version='candidates.used_version_number',
    asset_id='candidates.asset_id_cloudinary',
    public_id='candidates.public_id',
    resource_type='candidates.resource_type',
    expected_version='candidates.version_number',
    expected_etag='candidates.etag',
    desired_version='candidates.newest_approved_version_number',
    desired_etag='candidates.newest_approved_etag',
    desired_format='candidates.newest_approved_format_code',
    reason='candidates.reason'
) }}
from candidates
where candidates.candidate_number = 1
