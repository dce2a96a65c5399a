{% macro use_findings(verdict) -%}
{#- A control over uses: those of one verdict at composition, whether a report names them or an output alone shows
    them. What an output shows is no second finding where the report names the same asset with the same verdict for
    that rendering, embedded or by another name. An output link is found by what reports do not say, so that the
    streams of asset uses tell up to when it is evaluated; outputs need not be read at all. -#}
with

asset_uses as (

    select * from {{ ref('fct_asset_uses') }}
    where verdict = '{{ verdict }}'

),

output_links as (

    select * from {{ ref('fct_output_links') }}
    where verdict = '{{ verdict }}'

),

evaluations as (

    select * from {{ ref('int_evaluations__dated') }}

),

reported as (

    select distinct
        rendering_key,
        asset_key,
        true as is_reported
    from asset_uses

),

findings as (

    select
        'asset_use' as subject_type,
        asset_use_key as subject_key,
        asset_use_id as subject_id,
        asset_key,
        communication_key,
        generated_at as occurred_at,
        verdict_reason as reason
    from asset_uses

    union all

    select
        'output_link' as subject_type,
        output_links.output_link_key as subject_key,
        output_links.output_link_id as subject_id,
        output_links.asset_key,
        output_links.communication_key,
        output_links.composed_at as occurred_at,
        output_links.verdict_reason as reason
    from output_links
    left join reported
        on
            output_links.rendering_key = reported.rendering_key
            and output_links.asset_key = reported.asset_key
    where output_links.is_beside_report and reported.is_reported is null

)

select
    cast(findings.subject_type as {{ text_type() }}) as subject_type,
    cast(findings.subject_key as {{ text_type() }}) as subject_key,
    cast(findings.subject_id as {{ text_type() }}) as subject_id,
    cast(findings.asset_key as {{ text_type() }}) as asset_key,
    cast(findings.communication_key as {{ text_type() }}) as communication_key,
    cast(findings.occurred_at as {{ instant_type() }}) as occurred_at,
    cast(evaluations.evaluated_at as {{ instant_type() }}) as evaluated_at,
    cast(findings.reason as {{ text_type() }}) as reason
from findings
left join evaluations
    on evaluations.subject_type = 'asset_use'
{%- endmacro %}
