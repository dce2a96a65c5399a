with

history as (

    select * from {{ ref('stg_exstream__resource_history') }}

),

resources as (

    select * from {{ ref('stg_exstream__resources') }}

)

select
    cast(history.resource_change_key as {{ text_type() }}) as resource_change_key,
    cast(
        case
            when history.resource_type in {{ template_types() }}
                then {{ surrogate_key(['history.domain_code', 'history.resource_id_exstream']) }}
        end as {{ text_type() }}
    ) as template_key,
    cast(history.domain_code as {{ text_type() }}) as domain_code,
    cast(history.resource_id_exstream as {{ text_type() }}) as resource_id_exstream,
    cast(resources.resource_name as {{ text_type() }}) as resource_name,
    cast(history.resource_type as {{ text_type() }}) as resource_type,
    cast(history.version_number as bigint) as version_number,
    cast(history.revision_number as bigint) as revision_number,
    cast(history.history_type as {{ text_type() }}) as history_type,
    cast(history.operation_code as {{ text_type() }}) as operation_code,
    cast(history.state_code as {{ text_type() }}) as state_code,
    cast(history.audited_comment as {{ text_type() }}) as audited_comment,
    cast(history.modified_by_id as {{ text_type() }}) as modified_by_id,
    cast(history.modified_at as {{ instant_type() }}) as modified_at,
    cast(history._log_index as bigint) as _log_index
from history
left join resources
    on
        history.domain_code = resources.domain_code
        and history.resource_id_exstream = resources.resource_id_exstream
        and history.version_number = resources.version_number
