with

run_resources as (

    select * from {{ ref('stg_exstream__resource_references') }}

),

flow_instances as (

    select * from {{ ref('stg_exstream__flow_instances') }}

),

resources as (

    select * from {{ ref('stg_exstream__resources') }}

),

used_versions as (

    select * from {{ ref('int_resource_versions__used') }}

),

resource_links as (

    -- A page in HTML is no asset: it has the places from 1 on.
    select * from {{ ref('stg_exstream__resource_links') }}
    where ordinal = 0

),

names as (

    select * from {{ ref('int_asset_names__held') }}

),

versions as (

    select * from {{ ref('int_asset_versions__lived') }}

),

at_hand as (

    select
        run_resources.resource_reference_key as run_resource_key,
        run_resources.domain_code,
        run_resources.flow_instance_id_exstream,
        run_resources.collection_id_exstream,
        run_resources.resource_id_exstream,
        run_resources.approved_by_id,
        run_resources.resource_type,
        run_resources.resource_name,
        run_resources.state_code,
        run_resources.version_number as resource_version_number,
        run_resources.last_modified_at,
        run_resources._log_index,
        flow_instances.job_id_exstream,
        flow_instances.started_at,
        resources.resource_version_key,
        resources.content_md5
    from run_resources
    left join flow_instances
        on
            run_resources.domain_code = flow_instances.domain_code
            and run_resources.flow_instance_id_exstream = flow_instances.flow_instance_id_exstream
    left join resources
        on
            run_resources.domain_code = resources.domain_code
            and run_resources.resource_id_exstream = resources.resource_id_exstream
            and run_resources.version_number = resources.version_number

),

links as (

    select
        at_hand.*,
        resource_links.asset_id_cloudinary as written_asset_id,
        resource_links.public_id,
        resource_links.etag as written_etag,
        resource_links.asset_version as written_version_number,
        case when at_hand.resource_type = 'image' then coalesce(resource_links.way_code, 'unlinked') end as way_code,
        false as is_live_url,
        -- What was not approved when the run began meant what it meant when it was last changed.
        coalesce(used_versions.used_from, at_hand.last_modified_at) as image_used_from
    from at_hand
    left join used_versions
        on
            at_hand.resource_version_key = used_versions.resource_version_key
            and at_hand.started_at >= used_versions.used_from
            and at_hand.started_at < used_versions.used_to
    left join resource_links
        on
            at_hand.domain_code = resource_links.domain_code
            and at_hand.resource_id_exstream = resource_links.resource_id_exstream
            and at_hand.resource_version_number = resource_links.version_number

),

{{ found_assets('run_resource_key') }}

select
    pinned.run_resource_key,
    pinned.resource_version_key,
    case when matched.least_etag = matched.greatest_etag then matched.asset_version_key end as asset_version_key,
    pinned.domain_code,
    pinned.flow_instance_id_exstream,
    pinned.job_id_exstream,
    pinned.collection_id_exstream,
    pinned.resource_id_exstream,
    pinned.approved_by_id,
    pinned.resource_type,
    pinned.resource_name,
    pinned.state_code,
    pinned.way_code,
    {{ link_strength('pinned') }} as link_evidence_strength,
    pinned.asset_id_cloudinary,
    pinned.public_id,
    pinned.resource_version_number,
    pinned.started_at as run_started_at,
    pinned.last_modified_at,
    pinned._log_index
from pinned
left join matched
    on
        pinned.run_resource_key = matched.run_resource_key
        and matched.match_number = 1
