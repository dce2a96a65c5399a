-- Why bytes go before tags: docs/decisions/0016-a-template-shows-the-bytes-of-its-image.md
with

shown as (

    select * from {{ ref('int_template_images__shown') }}

),

resource_links as (

    select * from {{ ref('stg_exstream__resource_links') }}

),

evaluations as (

    select * from {{ ref('int_evaluations__dated') }}
    where subject_type = 'template_link'

),

settled_now as (

    -- An address serves what it names at the end of the claims, as is judged of it.
    select settled.*
    from {{ ref('int_addresses__settled') }} as settled
    inner join evaluations
        on
            {{ seconds_from('evaluations.evaluated_at', '-' ~ var('clock_uncertainty_seconds')) }}
            >= settled.settled_from
            and {{ seconds_from('evaluations.evaluated_at', '-' ~ var('clock_uncertainty_seconds')) }}
            < settled.settled_to

),

names as (

    select * from {{ ref('int_asset_names__held') }}

),

versions as (

    select * from {{ ref('int_asset_versions__lived') }}

),

links as (

    -- A page in HTML without an address in it shows no asset; an image that nothing links to one still shows something.
    select
        {{ surrogate_key(['shown.template_image_period_key', 'coalesce(resource_links.ordinal, 0)']) }}
            as template_link_key,
        {{ surrogate_key([
            'shown.domain_code', 'shown.template_resource_id', 'shown.image_resource_id',
            'coalesce(resource_links.ordinal, 0)'
        ]) }} as template_image_key,
        shown.*,
        resource_links.asset_id_cloudinary as written_asset_id,
        coalesce(resource_links.public_id, settled_now.public_id) as public_id,
        case when settled_now.public_id is null then resource_links.delivery_readings end as delivery_readings,
        resource_links.etag as written_etag,
        case
            when settled_now.public_id is not null then 'html_output'
            else coalesce(resource_links.way_code, 'unlinked')
        end as way_code,
        coalesce(resource_links.ordinal, 0) as ordinal,
        resource_links.asset_version as written_version_number,
        shown.image_type <> 'image' as is_live_url,
        resource_links._log_index
    from shown
    left join resource_links
        on
            shown.domain_code = resource_links.domain_code
            and shown.image_resource_id = resource_links.resource_id_exstream
            and shown.image_version_number = resource_links.version_number
    left join settled_now
        on resource_links.delivery_readings = settled_now.delivery_readings
    where shown.image_type = 'image' or resource_links.resource_link_key is not null

),

{{ found_assets('template_link_key') }}

select
    pinned.template_link_key,
    pinned.template_image_key,
    pinned.template_version_key,
    pinned.image_version_key,
    case when matched.least_etag = matched.greatest_etag then matched.asset_version_key end as asset_version_key,
    pinned.domain_code,
    pinned.template_resource_id,
    pinned.image_resource_id,
    pinned.image_type,
    pinned.image_name,
    pinned.asset_id_cloudinary,
    pinned.public_id,
    pinned.delivery_readings,
    pinned.etag,
    pinned.way_code,
    {{ link_strength('pinned') }} as evidence_strength,
    pinned.template_version_number,
    pinned.image_version_number,
    pinned.version_number,
    pinned.ordinal,
    pinned.is_live_url,
    pinned.shown_to = {{ open_end() }} as is_in_use,
    pinned.image_used_from,
    pinned.shown_from,
    pinned.shown_to,
    pinned._log_index
from pinned
left join matched
    on
        pinned.template_link_key = matched.template_link_key
        and matched.match_number = 1
