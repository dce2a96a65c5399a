with

candidates as (

    select * from {{ ref('int_selection_candidates__resolved') }}

)

select
    cast(selection_candidate_key as {{ text_type() }}) as selection_candidate_key,
    cast(selection_key as {{ text_type() }}) as selection_key,
    cast(
        case when asset_id_cloudinary is not null then {{ surrogate_key(['asset_id_cloudinary']) }} end
        as {{ text_type() }}
    ) as asset_key,
    cast(asset_id_cloudinary as {{ text_type() }}) as asset_id_cloudinary,
    cast(candidate_reference as {{ text_type() }}) as candidate_reference,
    cast(ordinal as bigint) as ordinal,
    cast(is_chosen as boolean) as is_chosen
from candidates
