with

resources as (

    select * from {{ ref('stg_exstream__resources') }}
    where resource_type in {{ template_types() }}

),

used_versions as (

    select * from {{ ref('int_resource_versions__used') }}

),

uses as (

    -- A version that was taken back and approved again was in use from its first approval to its last end.
    select
        resource_version_key,
        max(approved_by_id) as approved_by_id,
        min(used_from) as used_from,
        max(used_to) as used_to
    from used_versions
    group by resource_version_key

)

select
    cast(resources.resource_version_key as {{ text_type() }}) as template_version_key,
    {{ surrogate_key(['resources.domain_code', 'resources.resource_id_exstream']) }} as template_key,
    cast(resources.resource_name as {{ text_type() }}) as template_id_exstream,
    cast(resources.version_number as bigint) as version_number,
    cast(resources.state_code as {{ text_type() }}) as state_code,
    cast(resources.created_by_id as {{ text_type() }}) as created_by_id,
    cast(resources.created_at as {{ instant_type() }}) as created_at,
    cast(resources.last_modified_by_id as {{ text_type() }}) as last_modified_by_id,
    cast(resources.last_modified_at as {{ instant_type() }}) as last_modified_at,
    cast(coalesce(uses.approved_by_id, resources.approved_by_id) as {{ text_type() }}) as approved_by_id,
    cast(uses.used_from as {{ instant_type() }}) as used_from,
    cast(uses.used_to as {{ instant_type() }}) as used_to,
    cast(coalesce(uses.used_to = {{ open_end() }}, false) as boolean) as is_in_use,
    cast(resources._log_index as bigint) as _log_index
from resources
left join uses
    on resources.resource_version_key = uses.resource_version_key
