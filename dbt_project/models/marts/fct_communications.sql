with

communications as (

    select * from {{ ref('stg_exstream__communications') }}

),

templates as (

    select * from {{ ref('dim_templates') }}

),

template_versions as (

    select * from {{ ref('dim_template_versions') }}

),

flow_instances as (

    select * from {{ ref('stg_exstream__flow_instances') }}

),

asset_uses as (

    select * from {{ ref('fct_asset_uses') }}

),

output_links as (

    select * from {{ ref('fct_output_links') }}

),

verdicts as (

    select * from {{ ref('verdicts') }}

),

carried as (

    -- What its report names, and what its outputs show besides: the customer saw both.
    select
        communication_key,
        verdict,
        1 as use_count
    from asset_uses

    union all

    select
        communication_key,
        verdict,
        0 as use_count
    from output_links
    where is_beside_report

),

use_counts as (

    select
        carried.communication_key,
        sum(carried.use_count) as use_count,
        min(verdicts.severity_rank) as severity_rank
    from carried
    inner join verdicts
        on carried.verdict = verdicts.verdict
    group by carried.communication_key

),

named_templates as (

    -- A communication tells its template by name: one that two templates have had names neither.
    select
        templates.domain_code,
        template_versions.template_id_exstream,
        min(template_versions.template_key) as template_key
    from template_versions
    inner join templates
        on template_versions.template_key = templates.template_key
    group by templates.domain_code, template_versions.template_id_exstream
    having count(distinct template_versions.template_key) = 1

)

select
    cast(communications.communication_key as {{ text_type() }}) as communication_key,
    cast(named_templates.template_key as {{ text_type() }}) as template_key,
    cast(template_versions.template_version_key as {{ text_type() }}) as template_version_key,
    cast(communications.communication_id_exstream as {{ text_type() }}) as communication_id_exstream,
    cast(communications.domain_code as {{ text_type() }}) as domain_code,
    cast(communications.flow_instance_id_exstream as {{ text_type() }}) as flow_instance_id_exstream,
    cast(flow_instances.job_id_exstream as {{ text_type() }}) as job_id_exstream,
    cast(communications.recipient_pseudonym as {{ text_type() }}) as recipient_pseudonym,
    cast(communications.document_type as {{ text_type() }}) as document_type,
    cast(communications.template_id_exstream as {{ text_type() }}) as template_id_exstream,
    cast(communications.template_version as {{ text_type() }}) as template_version,
    cast(communications.segment_code as {{ text_type() }}) as segment_code,
    cast(communications.jurisdiction_code as {{ text_type() }}) as jurisdiction_code,
    cast(communications.language_code as {{ text_type() }}) as language_code,
    cast(communications.offers_list as {{ text_list_type() }}) as offers_list,
    cast(communications.generated_at as {{ instant_type() }}) as generated_at,
    cast(coalesce(use_counts.use_count, 0) as bigint) as use_count,
    cast(verdicts.verdict as {{ text_type() }}) as worst_verdict,
    cast(communications._log_index as bigint) as _log_index
from communications
left join flow_instances
    on
        communications.domain_code = flow_instances.domain_code
        and communications.flow_instance_id_exstream = flow_instances.flow_instance_id_exstream
left join named_templates
    on
        communications.domain_code = named_templates.domain_code
        and communications.template_id_exstream = named_templates.template_id_exstream
left join template_versions
    on
        named_templates.template_key = template_versions.template_key
        and communications.template_version = cast(template_versions.version_number as {{ text_type() }})
left join use_counts
    on communications.communication_key = use_counts.communication_key
left join verdicts
    on use_counts.severity_rank = verdicts.severity_rank
