-- Of which assets it is told anew how long their versions surely lasted:
-- docs/decisions/0050-an-end-that-moves-with-the-claims-is-a-mark.md
with

arrived as (

    select * from {{ ref('int_assets__affected') }}

),

versions as (

    select * from {{ ref('int_asset_versions__ended') }}

),

observations as (

    select * from {{ ref('int_asset_versions__observed') }}

),

reached as (

    select
        *,
        {{ known_from('claims') }} as known_from
    from {{ ref('int_claims__reached') }} as claims

),

observed as (

    -- Seen once more within the last claims, as before: what is open, or was told to end, lasts as far as they reach.
    select
        versions.asset_id_cloudinary,
        versions.live_from,
        versions.live_to,
        versions.ended_by,
        reached.told_anew_from,
        coalesce(
            observations.observed_to >= reached.told_anew_from
            or observations.observed_to is distinct from observations.observed_before_to,
            false
        ) as is_observed_anew,
        coalesce(
            versions.is_end_told
            and observations.observed_before_to >= reached.known_from
            and observations.observed_before_to <= reached.told_anew_from
            and observations.observed_to >= reached.known_from
            and observations.observed_to <= reached.covered_to,
            false
        ) as is_as_before
    from versions
    cross join reached
    left join observations
        on
            versions.asset_id_cloudinary = observations.asset_id_cloudinary
            and versions.version_number = observations.version_number

),

affected as (

    select asset_id_cloudinary from arrived

    union

    -- What began or ended behind the claims of the kept build, these may reach.
    select asset_id_cloudinary from observed
    where
        live_from >= told_anew_from
        or (ended_by <> 'open' and live_to >= told_anew_from)
        or (is_observed_anew and not is_as_before)

)

select asset_id_cloudinary
from affected
where {% if is_increment() %}true{% else %}false{% endif %}
