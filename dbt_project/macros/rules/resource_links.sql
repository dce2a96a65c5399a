{#- Which asset and version an image of Design is, wherever Design's images are met: in a template, or at hand of a run.
    Why bytes go before tags: docs/decisions/0016-a-template-shows-the-bytes-of-its-image.md -#}

{% macro found_assets(key) -%}
{#- The CTEs from `named` to `pinned` and `matched`, behind `links`, `names` and `versions`. `key` is the key of `links`,
    whose columns are `written_asset_id`, `written_etag`, `written_version_number`, `public_id`, `way_code`, `content_md5`,
    `is_live_url` and `image_used_from`. `pinned` has each link with its asset and bytes; `matched`, by `match_number`, its
    version, which is beyond doubt where `least_etag` and `greatest_etag` are the same. -#}
named as (

    -- A name means the asset that held it when the image was put to use.
    select
        links.{{ key }},
        min(names.asset_id_cloudinary) as asset_id_cloudinary
    from links
    inner join names
        on
            links.public_id = names.public_id
            and links.image_used_from >= names.held_from
            and links.image_used_from < names.held_to
    group by links.{{ key }}
    having count(distinct names.asset_id_cloudinary) = 1

),

owners as (

    select
        etag,
        count(distinct asset_id_cloudinary) as asset_count
    from versions
    group by etag

),

found as (

    -- Bytes that two assets share do not tell which of them is meant.
    select
        links.*,
        case
            when links.way_code = 'content_hash' and owners.asset_count > 1 then null
            else coalesce(links.written_asset_id, named.asset_id_cloudinary)
        end as asset_id_cloudinary
    from links
    left join named
        on links.{{ key }} = named.{{ key }}
    left join owners
        on links.written_etag = owners.etag

),

own_bytes as (

    select
        found.{{ key }},
        max(versions.etag) as etag
    from found
    inner join versions
        on
            found.asset_id_cloudinary = versions.asset_id_cloudinary
            and found.content_md5 = versions.etag
    group by found.{{ key }}

),

pinned as (

    -- What the bytes themselves say goes before what tags say of them.
    select
        found.*,
        coalesce(own_bytes.etag, found.written_etag) as etag,
        case when own_bytes.etag is null and not found.is_live_url then found.written_version_number end
            as version_number,
        own_bytes.etag is not null as is_by_bytes
    from found
    left join own_bytes
        on found.{{ key }} = own_bytes.{{ key }}

),

matched as (

    select
        pinned.{{ key }},
        versions.asset_version_key,
        row_number() over (
            partition by pinned.{{ key }}
            order by versions.live_from desc nulls last, versions.asset_version_key asc nulls last
        ) as match_number,
        min(versions.etag) over (partition by pinned.{{ key }}) as least_etag,
        max(versions.etag) over (partition by pinned.{{ key }}) as greatest_etag
    from pinned
    inner join versions
        on
            pinned.asset_id_cloudinary = versions.asset_id_cloudinary
            and versions.etag = coalesce(pinned.etag, versions.etag)
            and versions.version_number = coalesce(pinned.version_number, versions.version_number)
    where pinned.etag is not null or pinned.version_number is not null

)
{%- endmacro %}

{% macro link_strength(links) -%}
{#- How sure the asset of a link of `pinned` is. Only the same bytes are beyond doubt. What an address serves, or a rule
    reads out of a name, the template could show; all else is what somebody wrote down. -#}
case
    when {{ links }}.is_by_bytes or {{ links }}.way_code = 'content_hash' then 'exact'
    when {{ links }}.way_code in ('html_output', 'name_rule') then 'design_time'
    when {{ links }}.way_code <> 'unlinked' then 'declared'
end
{%- endmacro %}
