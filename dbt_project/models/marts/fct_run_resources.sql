with

run_resources as (

    select * from {{ ref('int_run_resources__resolved') }}

),

versions as (

    select * from {{ ref('int_asset_versions__lived') }}

)

select
    cast(run_resources.run_resource_key as {{ text_type() }}) as run_resource_key,
    cast(
        case
            when run_resources.resource_type = 'image' and run_resources.resource_version_key is not null
                then {{ surrogate_key(['run_resources.domain_code', 'run_resources.resource_id_exstream']) }}
        end as {{ text_type() }}
    ) as template_image_resource_key,
    cast(
        case
            when run_resources.resource_type in {{ template_types() }} then run_resources.resource_version_key
        end as {{ text_type() }}
    ) as template_version_key,
    cast(
        case
            when run_resources.asset_id_cloudinary is not null
                then {{ surrogate_key(['run_resources.asset_id_cloudinary']) }}
        end as {{ text_type() }}
    ) as asset_key,
    cast(run_resources.asset_version_key as {{ text_type() }}) as asset_version_key,
    cast(run_resources.domain_code as {{ text_type() }}) as domain_code,
    cast(run_resources.flow_instance_id_exstream as {{ text_type() }}) as flow_instance_id_exstream,
    cast(run_resources.job_id_exstream as {{ text_type() }}) as job_id_exstream,
    cast(run_resources.collection_id_exstream as {{ text_type() }}) as collection_id_exstream,
    cast(run_resources.resource_id_exstream as {{ text_type() }}) as resource_id_exstream,
    cast(run_resources.approved_by_id as {{ text_type() }}) as approved_by_id,
    cast(run_resources.resource_type as {{ text_type() }}) as resource_type,
    cast(run_resources.resource_name as {{ text_type() }}) as resource_name,
    cast(run_resources.state_code as {{ text_type() }}) as state_code,
    cast(run_resources.way_code as {{ text_type() }}) as link_way_code,
    cast(run_resources.link_evidence_strength as {{ text_type() }}) as link_evidence_strength,
    -- Of no letter is it known by this that it shows the resource: it was at hand.
    cast('run_set' as {{ text_type() }}) as evidence_strength,
    cast(run_resources.asset_id_cloudinary as {{ text_type() }}) as asset_id_cloudinary,
    cast(run_resources.public_id as {{ text_type() }}) as public_id,
    cast(versions.etag as {{ text_type() }}) as etag,
    cast(run_resources.resource_version_number as bigint) as resource_version_number,
    cast(versions.version_number as bigint) as version_number,
    cast(run_resources.last_modified_at <= run_resources.run_started_at as boolean) as is_state_of_run,
    cast(run_resources.run_started_at as {{ instant_type() }}) as run_started_at,
    cast(run_resources.last_modified_at as {{ instant_type() }}) as last_modified_at,
    cast(run_resources._log_index as bigint) as _log_index
from run_resources
left join versions
    on run_resources.asset_version_key = versions.asset_version_key
