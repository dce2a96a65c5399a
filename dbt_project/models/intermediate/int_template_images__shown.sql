{#- From a communication set over application, document, page and paragraph to an image are five links; one more. -#}
{% set levels = 6 %}

with

used_versions as (

    select * from {{ ref('int_resource_versions__used') }}

),

design_links as (

    select * from {{ ref('stg_exstream__design_links') }}

),

reached_1 as (

    select
        used_versions.domain_code,
        used_versions.resource_id_exstream as template_resource_id,
        used_versions.resource_version_key as template_version_key,
        design_links.object_id_exstream,
        used_versions.version_number as template_version_number,
        used_versions.used_from as shown_from,
        used_versions.used_to as shown_to
    from used_versions
    inner join design_links
        on
            used_versions.domain_code = design_links.domain_code
            and used_versions.resource_id_exstream = design_links.subject_id_exstream
            and used_versions.version_number = design_links.subject_version_number
    where used_versions.resource_type in {{ template_types() }}

),

{% for level in range(2, levels + 1) %}
reached_{{ level }} as (

    -- A link names the version of what links, not of what is linked: that is the version in use at the same time.
    select
        reached.domain_code,
        reached.template_resource_id,
        reached.template_version_key,
        design_links.object_id_exstream,
        reached.template_version_number,
        greatest(reached.shown_from, used_versions.used_from) as shown_from,
        least(reached.shown_to, used_versions.used_to) as shown_to
    from reached_{{ level - 1 }} as reached
    inner join used_versions
        on
            reached.domain_code = used_versions.domain_code
            and reached.object_id_exstream = used_versions.resource_id_exstream
            and reached.shown_from < used_versions.used_to
            and reached.shown_to > used_versions.used_from
    inner join design_links
        on
            used_versions.domain_code = design_links.domain_code
            and used_versions.resource_id_exstream = design_links.subject_id_exstream
            and used_versions.version_number = design_links.subject_version_number

),
{% endfor %}

reached as (

    {% for level in range(1, levels + 1) %}
    {% if not loop.first %}
    union all
    {% endif %}
    select * from reached_{{ level }}
    {% endfor %}

),

shown as (

    select
        reached.domain_code,
        reached.template_resource_id,
        reached.template_version_key,
        used_versions.resource_id_exstream as image_resource_id,
        used_versions.resource_version_key as image_version_key,
        used_versions.resource_type as image_type,
        used_versions.resource_name as image_name,
        used_versions.content_md5,
        reached.template_version_number,
        used_versions.version_number as image_version_number,
        used_versions.used_from as image_used_from,
        greatest(reached.shown_from, used_versions.used_from) as shown_from,
        least(reached.shown_to, used_versions.used_to) as shown_to
    from reached
    inner join used_versions
        on
            reached.domain_code = used_versions.domain_code
            and reached.object_id_exstream = used_versions.resource_id_exstream
            and reached.shown_from < used_versions.used_to
            and reached.shown_to > used_versions.used_from
    where used_versions.resource_type in ('image', 'exstrhtml5', 'exstremail')

),

followed as (

    select
        *,
        max(shown_to) over (
            partition by template_version_key, image_version_key, image_used_from
            order by shown_from asc nulls last, shown_to asc nulls last
            rows between unbounded preceding and 1 preceding
        ) as shown_so_far
    from shown

),

stretched as (

    -- One image may be reached on several ways: what they show without a break is one period.
    select
        *,
        sum(case when shown_from <= shown_so_far then 0 else 1 end) over (
            partition by template_version_key, image_version_key, image_used_from
            order by shown_from asc nulls last, shown_to asc nulls last
            rows between unbounded preceding and current row
        ) as stretch_number
    from followed

)

select
    {{ surrogate_key(['template_version_key', 'image_version_key', 'image_used_from', 'stretch_number']) }}
        as template_image_period_key,
    domain_code,
    template_resource_id,
    template_version_key,
    image_resource_id,
    image_version_key,
    image_type,
    image_name,
    content_md5,
    template_version_number,
    image_version_number,
    image_used_from,
    min(shown_from) as shown_from,
    max(shown_to) as shown_to
from stretched
group by
    domain_code,
    template_resource_id,
    template_version_key,
    image_resource_id,
    image_version_key,
    image_type,
    image_name,
    content_md5,
    template_version_number,
    image_version_number,
    image_used_from,
    stretch_number
