{%- set kinds = [
    'advise_thumbnail', 'advise_transformation', 'post_readiness', 'publish_asked_format', 'publish_searched_asset',
    'publish_variant', 'replace_foreign_variant', 'replacement_link', 'republish_approved_version',
    'review_template_image', 'send_artwork', 'withdraw_foreign_variant'
] -%}

{% for kind in kinds %}
select * from {{ ref('correction_' ~ kind) }}
{%- if not loop.last %}
union all
{% endif %}
{%- endfor %}
