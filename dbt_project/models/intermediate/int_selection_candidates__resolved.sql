with

renderings as (

    select * from {{ ref('stg_exstream__renderings') }}
    where has_selection

),

communications as (

    select * from {{ ref('stg_exstream__communications') }}

),

names as (

    select * from {{ ref('int_asset_names__held') }}

),

offered as (

    select
        rendering_key,
        communication_key,
        ordinal,
        candidate_reference
    from {{ exploded('renderings', 'candidate_references_list', 'candidate_reference') }}

    union all

    -- What was chosen without having been a candidate stands in place 0.
    select
        rendering_key,
        communication_key,
        0 as ordinal,
        chosen_reference as candidate_reference
    from renderings
    where
        chosen_reference is not null
        and not {{ list_holds('candidate_references_list', 'chosen_reference') }}

),

candidates as (

    select
        {{ surrogate_key(['offered.rendering_key', 'offered.ordinal']) }} as selection_candidate_key,
        offered.rendering_key,
        offered.communication_key,
        offered.ordinal,
        offered.candidate_reference,
        coalesce(offered.candidate_reference = renderings.chosen_reference, false) as is_chosen,
        communications.generated_at
    from offered
    inner join renderings
        on offered.rendering_key = renderings.rendering_key
    left join communications
        on offered.communication_key = communications.communication_key

),

addresses as (

    select
        *,
        {{ delivery_url_part('candidate_reference', 'public_id') }} as url_public_id,
        {{ delivery_url_cloud('candidate_reference') }} as url_cloud_name
    from candidates
    where {{ is_address('candidate_reference') }}

),

name_lookups as (

    select
        selection_candidate_key,
        candidate_reference as looked_up_name,
        generated_at,
        1 as choice_number
    from candidates
    where not {{ is_address('candidate_reference') }} and not {{ is_asset_id('candidate_reference') }}

    union all

    -- A dot may belong to the public id, or begin the format.
    select
        selection_candidate_key,
        url_public_id as looked_up_name,
        generated_at,
        2 as choice_number
    from addresses
    where {{ is_our_cloud('url_cloud_name') }}

    union all

    select
        selection_candidate_key,
        {{ without_extension('url_public_id') }} as looked_up_name,
        generated_at,
        3 as choice_number
    from addresses
    where {{ is_our_cloud('url_cloud_name') }}

),

by_name as (

    select
        name_lookups.selection_candidate_key,
        name_lookups.choice_number,
        min(names.asset_id_cloudinary) as asset_id_cloudinary,
        row_number() over (
            partition by name_lookups.selection_candidate_key order by name_lookups.choice_number asc nulls last
        ) as lookup_number
    from name_lookups
    inner join names
        on
            name_lookups.looked_up_name = names.public_id
            and names.held_from <= name_lookups.generated_at
            and names.held_to > name_lookups.generated_at
    group by name_lookups.selection_candidate_key, name_lookups.choice_number
    having count(distinct names.asset_id_cloudinary) = 1

)

select
    candidates.selection_candidate_key,
    {{ surrogate_key(["'selection'", 'candidates.rendering_key']) }} as selection_key,
    candidates.rendering_key,
    case
        when {{ is_asset_id('candidates.candidate_reference') }} then candidates.candidate_reference
        else by_name.asset_id_cloudinary
    end as asset_id_cloudinary,
    candidates.candidate_reference,
    candidates.ordinal,
    candidates.is_chosen
from candidates
left join by_name
    on
        candidates.selection_candidate_key = by_name.selection_candidate_key
        and by_name.lookup_number = 1
