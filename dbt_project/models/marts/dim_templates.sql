with

templates as (

    select * from {{ ref('int_templates__described') }}

)

select
    cast(template_key as {{ text_type() }}) as template_key,
    cast(domain_code as {{ text_type() }}) as domain_code,
    cast(resource_id_exstream as {{ text_type() }}) as resource_id_exstream,
    cast('exstream' as {{ text_type() }}) as source_system,
    cast(template_id_exstream as {{ text_type() }}) as template_id_exstream,
    cast(resource_type as {{ text_type() }}) as resource_type,
    cast(business_unit_code as {{ text_type() }}) as business_unit_code,
    cast(region_code as {{ text_type() }}) as region_code,
    cast(newest_state_code as {{ text_type() }}) as newest_state_code,
    cast(newest_version_number as bigint) as newest_version_number,
    cast(used_version_number as bigint) as used_version_number,
    cast(version_count as bigint) as version_count,
    cast(is_in_use as boolean) as is_in_use,
    cast(first_created_at as {{ instant_type() }}) as first_created_at,
    cast(first_used_at as {{ instant_type() }}) as first_used_at,
    cast(used_since as {{ instant_type() }}) as used_since,
    cast(_log_index as bigint) as _log_index
from templates
