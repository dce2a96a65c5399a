{{ config(materialized='view') }}

with

spans as (

    select * from {{ ref('int_addresses__bounded') }}

),

reached as (

    select covered_to from {{ ref('int_claims__reached') }}

)

select
    spans.served_span_key,
    spans.span_join_key,
    spans.public_id,
    spans.resource_type,
    spans.delivery_type,
    spans.asset_version_key,
    spans.asset_id_cloudinary,
    spans.etag,
    spans.version_number,
    case when spans.is_sure_as_claimed then reached.covered_to else spans.doubtful_from end as doubtful_from,
    spans.served_from,
    spans.served_to
from spans
cross join reached
