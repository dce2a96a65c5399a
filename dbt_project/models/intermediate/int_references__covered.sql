{{ config(materialized='view') }}

with

asset_references as (

    select * from {{ ref('int_references__unioned') }}

),

coverage as (

    select * from {{ ref('int_claims__covered') }}
    where system_code = 'cloudinary' and stream_name = 'notifications'

),

claims as (

    select * from {{ ref('stg_log__batches') }}
    where system_code = 'cloudinary' and stream_name = 'notifications' and is_complete and outcome = 'accepted'

),

needed as (

    -- What comes within the clock uncertainty behind a use may still decide it, so it must be covered too. The instant
    -- of evaluation is itself the end of what is covered.
    select
        *,
        case
            when reference_type in ('publication_now', 'distribution_now', 'template_link') then judged_at
            else judged_to
        end as needed_to
    from asset_references

),

needed_instants as (

    select distinct needed_to from needed

),

claimed as (

    {{ first_claimed('needed_instants', 'claims') }}

)

-- The columns of a reference go on with it: joining them again by its key costs more than carrying them.
select
    needed.*,
    coverage.coverage_key,
    coverage.covered_from,
    {{ seconds_from('coverage.covered_from', '-' ~ var('clock_uncertainty_seconds')) }} as known_from,
    case when coverage.coverage_key is not null then claimed.claimed_at end as claimed_at
from needed
left join coverage
    on
        needed.judged_at >= coverage.covered_from
        and needed.needed_to <= coverage.covered_to
left join claimed
    on needed.needed_to = claimed.needed_to
