with

listings as (

    -- What lists everything has no begin; from its end on windows of changes go on without a gap, or do not.
    select max(window_to) as listed_at
    from {{ ref('stg_log__batches') }}
    where
        system_code = 'cloudinary'
        and stream_name = 'resources'
        and is_complete
        and outcome = 'accepted'
        and window_from is null

),

coverage as (

    select * from {{ ref('int_claims__covered') }}
    where system_code = 'cloudinary'

),

listed as (

    select coalesce(max(windows.covered_to), max(listings.listed_at)) as listed_to
    from listings
    left join coverage as windows
        on
            windows.stream_name = 'resources'
            and windows.covered_from <= listings.listed_at
            and windows.covered_to >= listings.listed_at

),

known as (

    -- What was there when a stretch of the notifications began was listed, and all that came since was told.
    select
        'names' as subject_type,
        max(told.covered_to) as known_to
    from coverage as told
    inner join listed
        on
            told.stream_name = 'notifications'
            and told.covered_from <= listed.listed_to

)

{% if is_increment() %},

built as (

    select known_to from {{ this }}

)

select
    known.subject_type,
    known.known_to,
    case
        when known.known_to = built.known_to or coalesce(known.known_to, built.known_to) is null then {{ open_end() }}
        else least(coalesce(known.known_to, {{ open_start() }}), coalesce(built.known_to, {{ open_start() }}))
    end as changed_from
from known
cross join built

{% else %}

select
    subject_type,
    known_to,
    {{ open_start() }} as changed_from
from known

{% endif %}
