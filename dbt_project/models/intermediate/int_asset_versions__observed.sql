with

claims as (

    select * from {{ ref('stg_log__batches') }}
    where system_code = 'cloudinary'

),

listed as (

    select * from {{ ref('stg_cloudinary__listed_versions') }}
    where version_number is not null and not is_placeholder

),

details as (

    select * from {{ ref('stg_cloudinary__detailed_versions') }}
    where not is_placeholder

),

absences as (

    select * from {{ ref('int_asset_absences__ended') }}

),

listings as (

    -- The complete full listings: whatever was not told absent was there.
    select distinct window_to as listed_at
    from claims
    where stream_name = 'asset_absences' and is_complete and outcome = 'accepted'

),

listing_spans as (

    select
        listed_at,
        lead(listed_at) over (order by listed_at asc nulls last) as next_listed_at
    from listings

),

listed_ends as (

    select
        asset_id_cloudinary,
        {{ instant_from_epoch_seconds('version_number') }} as ended_at,
        version_number,
        1 as step_number
    from listed

    union all

    select
        asset_id_cloudinary,
        listed_at as ended_at,
        cast(null as bigint) as version_number,
        2 as step_number
    from absences

),

followed as (

    select
        asset_id_cloudinary,
        version_number,
        ended_at as begun_at,
        coalesce(
            lead(ended_at) over (
                partition by asset_id_cloudinary
                order by ended_at asc nulls last, step_number asc nulls last, version_number asc nulls last
            ),
            {{ open_end() }}
        ) as next_at
    from listed_ends

),

listed_last as (

    -- What a listing did not show anew was as listed before; the last one before something else was shown counts.
    select
        followed.asset_id_cloudinary,
        followed.version_number,
        listing_spans.listed_at as observed_at
    from followed
    inner join listing_spans
        on
            followed.next_at > listing_spans.listed_at
            and followed.next_at <= coalesce(listing_spans.next_listed_at, {{ open_end() }})
    where followed.version_number is not null and listing_spans.listed_at >= followed.begun_at

),

observations as (

    select
        asset_id_cloudinary,
        version_number,
        observed_at
    from listed_last

    union all

    -- A batch is read after the instant up to which it speaks.
    select
        listed.asset_id_cloudinary,
        listed.version_number,
        claims.window_to as observed_at
    from listed
    inner join claims
        on listed._load_id = claims.load_id

    union all

    select
        details.asset_id_cloudinary,
        details.version_number,
        claims.window_to as observed_at
    from details
    inner join claims
        on details._load_id = claims.load_id

),

seen as (

    select
        {{ surrogate_key(['asset_id_cloudinary', 'version_number']) }} as asset_version_observation_key,
        asset_id_cloudinary,
        version_number,
        max(observed_at) as observed_to
    from observations
    where observed_at is not null
    group by asset_id_cloudinary, version_number

)

{% if is_increment() %},

built as (

    select
        asset_version_observation_key,
        observed_to
    from {{ this }}

)

select
    seen.*,
    built.observed_to as observed_before_to
from seen
left join built
    on seen.asset_version_observation_key = built.asset_version_observation_key

{% else %}

select
    *,
    observed_to as observed_before_to
from seen

{% endif %}
