with

links as (

    select * from {{ ref('int_output_links__matched') }}

),

verdicts as (

    select * from {{ ref('int_references__evidenced') }}
    where reference_type = 'output_link'

),

asset_uses as (

    select * from {{ ref('fct_asset_uses') }}

),

rich_media as (

    select * from {{ ref('fct_rich_media_uses') }}

),

reported as (

    -- What the report says of a rendering: the addresses that it shows, and those that it leads to.
    select
        rendering_key,
        public_id,
        true as is_shown,
        asset_use_key,
        transformation,
        ordinal
    from asset_uses
    where binding = 'live_url'

    union all

    select
        rich_media.rendering_key,
        rich_media.target_public_id as public_id,
        false as is_shown,
        rich_media.asset_use_key,
        cast(null as {{ text_type() }}) as transformation,
        asset_uses.ordinal
    from rich_media
    inner join asset_uses
        on rich_media.asset_use_key = asset_uses.asset_use_key

),

matched as (

    select
        links.output_link_key,
        reported.asset_use_key,
        row_number() over (
            partition by links.output_link_key
            order by
                case
                    when coalesce(links.transformation, '') = coalesce(reported.transformation, '') then 0
                    else 1
                end asc nulls last,
                reported.ordinal asc nulls last,
                reported.asset_use_key asc nulls last
        ) as match_number
    from links
    inner join reported
        on
            links.rendering_key = reported.rendering_key
            and links.delivery_public_id = reported.public_id
            and links.is_shown = reported.is_shown

),

stated as (

    select
        links.*,
        matched.asset_use_key,
        case
            when matched.asset_use_key is not null then 'reported'
            when links.way_code = 'unlinked' then 'unlinked'
            when links.rendering_key is not null then 'not_reported'
            else 'of_run'
        end as link_state
    from links
    left join matched
        on
            links.output_link_key = matched.output_link_key
            and matched.match_number = 1

)

select
    cast(stated.output_link_key as {{ text_type() }}) as output_link_key,
    cast(stated.communication_key as {{ text_type() }}) as communication_key,
    cast(stated.rendering_key as {{ text_type() }}) as rendering_key,
    cast(stated.asset_use_key as {{ text_type() }}) as asset_use_key,
    cast(
        case
            when verdicts.asset_id_cloudinary is not null then {{ surrogate_key(['verdicts.asset_id_cloudinary']) }}
        end as {{ text_type() }}
    ) as asset_key,
    cast(verdicts.asset_version_key as {{ text_type() }}) as asset_version_key,
    cast(verdicts.approval_key as {{ text_type() }}) as approval_key,
    cast(
        stated.communication_id_exstream || '/' || stated.rendering_id_exstream || '/output/' || stated.ordinal
        as {{ text_type() }}
    ) as output_link_id,
    cast(verdicts.coverage_key as {{ text_type() }}) as coverage_key,
    cast(stated.domain_code as {{ text_type() }}) as domain_code,
    cast(stated.flow_instance_id_exstream as {{ text_type() }}) as flow_instance_id_exstream,
    cast(stated.queue_name as {{ text_type() }}) as queue_name,
    cast(stated.file_name as {{ text_type() }}) as file_name,
    cast(stated.output_hash as {{ text_type() }}) as output_hash,
    cast(stated.channel_code as {{ text_type() }}) as channel_code,
    cast(stated.way_code as {{ text_type() }}) as link_way_code,
    cast(stated.evidence_strength as {{ text_type() }}) as evidence_strength,
    cast(verdicts.evidence_grade as {{ text_type() }}) as evidence_grade,
    cast(stated.unlinked_reason as {{ text_type() }}) as unlinked_reason,
    cast(stated.link_state as {{ text_type() }}) as link_state,
    cast(stated.delivery_url as {{ text_type() }}) as delivery_url,
    cast(stated.transformation as {{ text_type() }}) as transformation,
    cast(verdicts.asset_id_cloudinary as {{ text_type() }}) as asset_id_cloudinary,
    cast(stated.delivery_public_id as {{ text_type() }}) as public_id,
    cast(verdicts.verdict as {{ text_type() }}) as verdict,
    cast(verdicts.verdict_reason as {{ text_type() }}) as verdict_reason,
    cast(stated.ordinal as bigint) as ordinal,
    cast(stated.customer_count as bigint) as customer_count,
    cast(verdicts.version_number as bigint) as version_number,
    cast(stated.is_shown as boolean) as is_shown,
    -- What a customer saw is used, reported or not. An address that is only led to was not shown; of a run's output
    -- nobody knows whom it was sent to.
    cast(stated.link_state = 'not_reported' and stated.is_shown as boolean) as is_beside_report,
    cast(stated.composed_at as {{ instant_type() }}) as composed_at,
    cast(stated._log_index as bigint) as _log_index
from stated
left join verdicts
    on stated.output_link_key = verdicts.subject_key
