-- What closes between two builds is judged anew: docs/decisions/0042-closed-exposures-are-kept.md
with

evaluations as (

    select max(evaluated_at) as evaluated_at
    from {{ ref('int_evaluations__dated') }}
    where subject_type = 'exposure'

),

reached as (

    -- What came within the clock uncertainty before the end of the claims may still be told otherwise.
    select
        'exposure' as subject_type,
        evaluated_at,
        {{ seconds_from('evaluated_at', '-' ~ var('clock_uncertainty_seconds')) }} as known_to
    from evaluations

)

{% if is_increment() %},

built as (

    select known_to from {{ this }}

),

claims_changed as (

    select min(changed_from) as changed_from
    from {{ ref('int_claims__changed') }}
    where system_code = 'cloudinary' and stream_name = 'notifications'

)

-- Where nothing was known to the one build or to the other, all are judged anew.
select
    reached.subject_type,
    reached.evaluated_at,
    reached.known_to,
    least(
        coalesce(built.known_to, {{ open_start() }}),
        coalesce(reached.known_to, {{ open_start() }}),
        coalesce(
            {{ seconds_from('claims_changed.changed_from', '-' ~ var('clock_uncertainty_seconds')) }}, {{ open_end() }}
        )
    ) as judged_anew_from
from reached
cross join built
cross join claims_changed

{% else %}

-- depends_on: {{ ref('int_claims__changed') }}
select
    subject_type,
    evaluated_at,
    known_to,
    {{ open_start() }} as judged_anew_from
from reached

{% endif %}
