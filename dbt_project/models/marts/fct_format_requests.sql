with

format_requests as (

    select * from {{ ref('stg_trading_grid__format_requests') }}

),

named_assets as (

    select * from {{ ref('int_partner_assets__resolved') }}
    where subject_type = 'format_request'

),

assets as (

    select * from {{ ref('dim_assets') }}

),

days_allowed as (

    select * from {{ ref('days_allowed') }}
    where subject_type = 'format_request'

)

select
    cast(format_requests.format_request_key as {{ text_type() }}) as format_request_key,
    cast(format_requests.launch_key as {{ text_type() }}) as launch_key,
    cast(format_requests.community_key as {{ text_type() }}) as community_key,
    cast(format_requests.partner_key as {{ text_type() }}) as partner_key,
    cast(assets.asset_key as {{ text_type() }}) as asset_key,
    cast(format_requests.publication_key as {{ text_type() }}) as publication_key,
    cast(format_requests.answer_publication_key as {{ text_type() }}) as answer_publication_key,
    cast(format_requests.format_request_id_trading_grid as {{ text_type() }}) as format_request_id_trading_grid,
    cast(named_assets.asset_id_cloudinary as {{ text_type() }}) as asset_id_cloudinary,
    cast(coalesce(format_requests.public_id, assets.public_id) as {{ text_type() }}) as public_id,
    cast(format_requests.requested_format_code as {{ text_type() }}) as requested_format_code,
    cast(format_requests.request_text as {{ text_type() }}) as request_text,
    cast(format_requests.status_code as {{ text_type() }}) as status_code,
    cast(coalesce(format_requests.status_code = 'open', true) as boolean) as is_open,
    cast(format_requests.requested_at as {{ instant_type() }}) as requested_at,
    cast(
        coalesce(
            format_requests.due_at,
            {{ days_from('format_requests.requested_at', 'days_allowed.days_allowed') }}
        ) as {{ instant_type() }}
    ) as due_at,
    cast(format_requests.answered_at as {{ instant_type() }}) as answered_at,
    cast(format_requests._log_index as bigint) as _log_index
from format_requests
left join named_assets
    on format_requests.format_request_key = named_assets.subject_key
left join assets
    on named_assets.asset_id_cloudinary = assets.asset_id_cloudinary
left join days_allowed
    on
        format_requests.requested_at >= days_allowed.valid_from
        and format_requests.requested_at < days_allowed.valid_to
