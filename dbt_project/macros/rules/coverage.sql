{% macro known_from(coverage) -%}
{#- Instant from which nothing was missed: the begin of what is claimed, less the clock uncertainty. -#}
{{ seconds_from(coverage ~ '.covered_from', '-' ~ var('clock_uncertainty_seconds')) }}
{%- endmacro %}

{% macro first_claimed(instants, claims) -%}
{#- When it was first said that nothing is missing up to each needed instant (`needed_to`), by complete accepted claims. -#}
select
    {{ instants }}.needed_to,
    min({{ claims }}.logged_at) as claimed_at
from {{ instants }}
inner join {{ claims }}
    on
        {{ instants }}.needed_to >= {{ claims }}.window_from
        and {{ instants }}.needed_to <= {{ claims }}.window_to
group by {{ instants }}.needed_to
{%- endmacro %}

{% macro notification_stretches(covered) -%}
{#- The stretches that are claimed of Cloudinary's notifications without a gap, and whether one reaches as far as any. -#}
(
    select
        *,
        covered_to = max(covered_to) over () as is_last
    from {{ covered }}
    where system_code = 'cloudinary' and stream_name = 'notifications'
)
{%- endmacro %}

{% macro claimed_until(claims, system_code, stream_names, needs_all=true) -%}
{#- A query: the instant up to which complete accepted claims of these streams reach (NULL: one has none). That something
    is not there is known no further. Without `needs_all` a stream that was never read is one that this installation
    does not have. -#}
select case when count(claimed_to) = {{ stream_names | length if needs_all else 'count(*)' }} then min(claimed_to) end
    as evaluated_at
from (
    select
        stream_name,
        max(case when is_complete and outcome = 'accepted' then window_to end) as claimed_to
    from {{ claims }}
    where system_code = '{{ system_code }}' and stream_name in ('{{ stream_names | join("', '") }}')
    group by stream_name
) as told
{%- endmacro %}
