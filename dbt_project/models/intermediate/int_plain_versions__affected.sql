-- Of which assets it is told anew which versions nobody can mistake:
-- docs/decisions/0050-an-end-that-moves-with-the-claims-is-a-mark.md
with

versions as (

    select asset_id_cloudinary from {{ ref('int_versions__affected') }}

),

approvals as (

    select asset_id_cloudinary from {{ ref('int_approvals__affected') }}

),

changed_names as (

    select subject_id as public_id
    from {{ ref('int_subjects__fingerprinted') }}
    where subject_type = 'name' and is_changed

),

affected as (

    select asset_id_cloudinary from versions

    union

    select asset_id_cloudinary from approvals

    union

    -- Another asset may have come to hold the name, or no longer hold it.
    select asset_id_cloudinary
    from {{ ref('int_asset_names__held') }}
    where public_id in (select public_id from changed_names)

)

select asset_id_cloudinary
from affected
where {% if is_increment() %}true{% else %}false{% endif %}
