with

resources as (

    select * from {{ ref('stg_exstream__resources') }}
    where resource_type in {{ template_types() }}

),

used_versions as (

    select * from {{ ref('int_resource_versions__used') }}

),

numbered as (

    -- Whose a template is its newest version says.
    select
        *,
        row_number() over (
            partition by domain_code, resource_id_exstream order by version_number desc nulls last
        ) as recency_number,
        count(*) over (partition by domain_code, resource_id_exstream) as version_count,
        min(created_at) over (partition by domain_code, resource_id_exstream) as first_created_at
    from resources

),

uses as (

    select
        domain_code,
        resource_id_exstream,
        min(used_from) as first_used_at,
        max(case when used_to = {{ open_end() }} then version_number end) as used_version_number,
        max(case when used_to = {{ open_end() }} then used_from end) as used_since
    from used_versions
    group by domain_code, resource_id_exstream

)

select
    {{ surrogate_key(['numbered.domain_code', 'numbered.resource_id_exstream']) }} as template_key,
    numbered.domain_code,
    numbered.resource_id_exstream,
    numbered.resource_name as template_id_exstream,
    numbered.resource_type,
    numbered.business_unit_code,
    numbered.region_code,
    numbered.state_code as newest_state_code,
    numbered.version_number as newest_version_number,
    uses.used_version_number,
    numbered.version_count,
    uses.used_version_number is not null as is_in_use,
    numbered.first_created_at,
    uses.first_used_at,
    uses.used_since,
    numbered._log_index
from numbered
left join uses
    on
        numbered.domain_code = uses.domain_code
        and numbered.resource_id_exstream = uses.resource_id_exstream
where numbered.recency_number = 1
