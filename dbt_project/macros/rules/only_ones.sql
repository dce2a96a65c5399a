{#- Where the little side can say that there is nothing to choose, the many rows are not asked: versions and names of which
    no other can be meant. -#}

{% macro counted_versions(versions) -%}
{#- The versions with how often their bytes were uploaded, whether no other has their number, and whether no other was live
    while they were. -#}
(
    select
        *,
        count(*) over (partition by asset_id_cloudinary, etag) as upload_count,
        count(*) over (partition by asset_id_cloudinary, version_number) = 1 as is_only_of_number,
        coalesce(
            max(live_to) over (
                partition by asset_id_cloudinary
                order by live_from asc nulls last, asset_version_key asc nulls last
                rows between unbounded preceding and 1 preceding
            ) <= live_from,
            true
        )
        and coalesce(
            lead(live_from) over (
                partition by asset_id_cloudinary
                order by live_from asc nulls last, asset_version_key asc nulls last
            ) >= live_to,
            true
        ) as is_only_while_live
    from {{ versions }}
)
{%- endmacro %}

{% macro undisputed_names(names) -%}
{#- The names that one asset held without a break, as nearly every name was, from the first instant to the last. -#}
(
    select
        public_id,
        min(asset_id_cloudinary) as asset_id_cloudinary,
        min(resource_type) as resource_type,
        min(delivery_type) as delivery_type,
        min(held_from) as held_from,
        max(held_to) as held_to
    from (
        select
            *,
            lag(held_to) over (partition by public_id order by held_from asc nulls last, held_to asc nulls last) as previous_held_to
        from {{ names }}
    ) as names_in_order
    group by public_id
    having
        min(asset_id_cloudinary) = max(asset_id_cloudinary)
        and min(coalesce(resource_type, '')) = max(coalesce(resource_type, ''))
        and min(coalesce(delivery_type, '')) = max(coalesce(delivery_type, ''))
        and bool_and(previous_held_to is null or previous_held_to = held_from)
)
{%- endmacro %}
