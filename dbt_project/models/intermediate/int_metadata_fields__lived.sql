with

field_values as (

    select * from {{ ref('stg_cloudinary__metadata_field_values') }}

),

claims as (

    select * from {{ ref('stg_log__batches') }}
    where system_code = 'cloudinary' and stream_name = 'metadata_fields' and outcome = 'accepted'

),

last_claims as (

    select max(window_to) as claimed_to
    from claims
    where is_complete

),

field_states as (

    -- The account tells no changes of a field: a state began between the reading before and the one that shows it.
    -- That it is gone is a state, too, in which no value lives.
    select
        field_values.metadata_field_id_cloudinary,
        claims.window_to as observed_at,
        min(claims.window_from) as unchanged_to,
        min(field_values._load_id) as _load_id
    from field_values
    inner join claims
        on field_values._load_id = claims.load_id
    group by field_values.metadata_field_id_cloudinary, claims.window_to

),

state_spans as (

    select
        *,
        lead(observed_at)
            over (partition by metadata_field_id_cloudinary order by observed_at asc nulls last)
            as next_observed_at,
        lead(unchanged_to) over (partition by metadata_field_id_cloudinary order by observed_at asc nulls last)
            as next_unchanged_to
    from field_states

),

value_spans as (

    select
        field_values.*,
        state_spans.observed_at as valid_from,
        state_spans.next_unchanged_to,
        coalesce(state_spans.next_observed_at, {{ open_end() }}) as valid_to,
        {{ surrogate_key(['field_values.field_name', 'field_values.field_type', 'field_values.value_label',
            'field_values.value_state', 'field_values.is_mandatory']) }} as state_hash
    from field_values
    inner join state_spans
        on
            field_values.metadata_field_id_cloudinary = state_spans.metadata_field_id_cloudinary
            and field_values._load_id = state_spans._load_id
    where not field_values.is_absent

),

followed as (

    select
        *,
        lag(state_hash) over (
            partition by metadata_field_id_cloudinary, metadata_value_id_cloudinary order by valid_from asc nulls last
        ) as previous_state_hash,
        lag(valid_to) over (
            partition by metadata_field_id_cloudinary, metadata_value_id_cloudinary order by valid_from asc nulls last
        ) as previous_valid_to,
        lead(valid_from) over (
            partition by metadata_field_id_cloudinary, metadata_value_id_cloudinary order by valid_from asc nulls last
        ) as next_valid_from
    from value_spans

),

numbered as (

    -- The field was read anew, and nothing of this value is new: the same interval goes on.
    select
        *,
        sum(case when state_hash = previous_state_hash and valid_from = previous_valid_to then 0 else 1 end) over (
            partition by metadata_field_id_cloudinary, metadata_value_id_cloudinary
            order by valid_from asc nulls last
            rows between unbounded preceding and current row
        ) as interval_number
    from followed

),

intervals as (

    select
        metadata_field_id_cloudinary,
        metadata_value_id_cloudinary,
        interval_number,
        min(field_name) as field_name,
        min(field_type) as field_type,
        min(value_label) as value_label,
        min(value_state) as value_state,
        bool_or(is_mandatory) as is_mandatory,
        min(valid_from) as valid_from,
        max(valid_from) as last_read_at,
        max(valid_to) as valid_to,
        coalesce(max(next_unchanged_to), max(valid_from)) as next_unchanged_to,
        max(next_valid_from) as next_valid_from,
        min(_loaded_at) as _loaded_at,
        min(_log_index) as _log_index
    from numbered
    group by metadata_field_id_cloudinary, metadata_value_id_cloudinary, interval_number

)

select
    {{ surrogate_key([
        'intervals.metadata_field_id_cloudinary', 'intervals.metadata_value_id_cloudinary', 'intervals.valid_from'
    ]) }} as metadata_field_value_key,
    intervals.metadata_field_id_cloudinary,
    intervals.metadata_value_id_cloudinary,
    intervals.field_name,
    intervals.field_type,
    intervals.value_label,
    intervals.value_state,
    {{ field_meaning('intervals.metadata_field_id_cloudinary') }} as approval_meaning,
    case
        when intervals.valid_to = {{ open_end() }} then 'open'
        when intervals.next_valid_from = intervals.valid_to then 'replaced'
        else 'absent'
    end as ended_by,
    'derived' as evidence_grade,
    intervals.is_mandatory,
    intervals.valid_to = {{ open_end() }} as is_current,
    intervals.valid_from,
    case
        when intervals.valid_to = {{ open_end() }} then greatest(intervals.last_read_at, last_claims.claimed_to)
        else least(greatest(intervals.last_read_at, intervals.next_unchanged_to), intervals.valid_to)
    end as valid_surely_to,
    intervals.valid_to,
    intervals._loaded_at,
    intervals._log_index
from intervals
cross join last_claims
