with

resources as (

    select * from {{ ref('stg_exstream__resources') }}
    where resource_type = 'image'

),

used_versions as (

    select * from {{ ref('int_resource_versions__used') }}

),

uses as (

    select
        domain_code,
        resource_id_exstream,
        max(version_number) as used_version_number
    from used_versions
    where used_to = {{ open_end() }}
    group by domain_code, resource_id_exstream

),

numbered as (

    select
        *,
        row_number() over (
            partition by domain_code, resource_id_exstream order by version_number desc nulls last
        ) as recency_number
    from resources

)

select
    {{ surrogate_key(['numbered.domain_code', 'numbered.resource_id_exstream']) }} as template_image_resource_key,
    cast(numbered.domain_code as {{ text_type() }}) as domain_code,
    cast(numbered.resource_id_exstream as {{ text_type() }}) as resource_id_exstream,
    cast('exstream' as {{ text_type() }}) as source_system,
    cast(numbered.resource_name as {{ text_type() }}) as image_name,
    cast(numbered.state_code as {{ text_type() }}) as newest_state_code,
    cast(numbered.content_md5 as {{ text_type() }}) as newest_content_md5,
    cast(numbered.version_number as bigint) as newest_version_number,
    cast(uses.used_version_number as bigint) as used_version_number,
    cast(coalesce(numbered.is_locked, false) as boolean) as is_locked,
    -- What corrections write into the comment begins like that.
    cast(coalesce(numbered.state_comment like 'assettrail-%', false) as boolean) as is_newest_by_correction,
    cast(numbered.last_modified_at as {{ instant_type() }}) as newest_modified_at,
    cast(numbered._log_index as bigint) as _log_index
from numbered
left join uses
    on
        numbered.domain_code = uses.domain_code
        and numbered.resource_id_exstream = uses.resource_id_exstream
where numbered.recency_number = 1
