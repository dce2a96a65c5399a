{#- How near instants of two clocks may be without being ordered: docs/decisions/0059-a-clock-that-is-off-is-told-by-period.md
    The clock of Cloudinary is the other one of every comparison here: versions and approvals are its. -#}

{% macro clock_deviation(system, at) -%}
{#- Seconds that a system's clock may be off at an instant, beyond what sound clocks are (var `clock_deviations`): the most of
    the periods that it lies in. Nothing where the system has none. -#}
{%- set told = var('clock_deviations') -%}
{%- set periods = told[system] or [] if told is mapping else [] -%}
{%- if periods %} + case
{%- for period in periods | sort(attribute='seconds', reverse=true) %}
    when {{ at }} >= {{ instant_literal(period.valid_from) }} and {{ at }} < {{ instant_literal(period.valid_to) }}
        then {{ period.seconds | int }}
{%- endfor %}
    else 0 end
{%- endif -%}
{%- endmacro %}

{% macro clock_uncertainty(system, at) -%}
{#- Seconds within which an instant of a system's clock and one of Cloudinary's are not ordered: what two sound clocks may be
    apart, and what each of the two may be off beyond it at that instant. -#}
{{ var('clock_uncertainty_seconds') | int }}{{ clock_deviation(system, at) }}{{ clock_deviation('cloudinary', at) }}
{%- endmacro %}

{% macro earliest_by_clocks(system, at) -%}
{#- The earliest instant of Cloudinary's clock at which something may have been that a system's clock measured. -#}
{{ seconds_after(at, '-(' ~ clock_uncertainty(system, at) ~ ')') }}
{%- endmacro %}

{% macro latest_by_clocks(system, at) -%}
{#- The latest instant of Cloudinary's clock at which something may have been that a system's clock measured. -#}
{{ seconds_after(at, clock_uncertainty(system, at)) }}
{%- endmacro %}

{% macro surely_since(system, at) -%}
{#- The instant behind which something that a system's clock measured is as surely over as if its clock were a sound one. -#}
{{ seconds_after(at, '0' ~ clock_deviation(system, at) ~ clock_deviation('cloudinary', at)) }}
{%- endmacro %}

{% macro earliest_judged(reference) -%}
{#- The judged instant of a reference, less what the clocks may be off at it: what is declared is compared with it, as no
    clock measured that. `judged_from` lies what sound clocks may be apart before it. -#}
{%- if has_clock_deviations() -%}
{{ seconds_from(reference ~ '.judged_from', var('clock_uncertainty_seconds')) }}
{%- else -%}
{{ reference }}.judged_at
{%- endif -%}
{%- endmacro %}

{% macro latest_judged(reference) -%}
{#- The judged instant of a reference, and what the clocks may be off at it behind it. -#}
{%- if has_clock_deviations() -%}
{{ seconds_from(reference ~ '.judged_to', '-' ~ var('clock_uncertainty_seconds')) }}
{%- else -%}
{{ reference }}.judged_at
{%- endif -%}
{%- endmacro %}

{% macro has_clock_deviations() -%}
{#- Whether any system's clock is said to have been off; an empty text: none. -#}
{%- set told = var('clock_deviations') -%}
{%- if told is mapping and (told['exstream'] or told['trading_grid'] or told['cloudinary']) -%}yes{%- endif -%}
{%- endmacro %}

{% macro greatest_clock_uncertainty(system) -%}
{#- The most that `clock_uncertainty` is at any instant: a whole number of the project. -#}
{%- set told = var('clock_deviations') -%}
{%- set most = namespace(seconds=var('clock_uncertainty_seconds') | int) -%}
{%- for one in [system, 'cloudinary'] -%}
{%- set periods = told[one] or [] if told is mapping else [] -%}
{%- if periods -%}
{%- set most.seconds = most.seconds + (periods | map(attribute='seconds') | max) | int -%}
{%- endif -%}
{%- endfor -%}
{{ most.seconds }}
{%- endmacro %}

{% macro reference_clock_uncertainty(reference_type, at, is_judged) -%}
{#- Seconds within which an instant of a reference and one of Cloudinary's are not ordered, by whose clock told it: by type, that
    of the letter, or of what a community was shown and a partner sent. What is judged (`is_judged`) at the end of the claims or
    behind a link was measured by Cloudinary's alone, and a launch is declared. -#}
{%- set systems = {
    'exstream': ['asset_use', 'retrieved_asset', 'media_target', 'output_link'] + ([] if is_judged else ['template_link']),
    'trading_grid': ['publication', 'distribution', 'download', 'case']
        + ([] if is_judged else ['publication_now', 'distribution_now']),
} -%}
{%- if has_clock_deviations() -%}
case
{%- for system, types in systems.items() %}
    when {{ reference_type }} in ('{{ types | join("', '") }}')
        then {{ clock_uncertainty(system, at) }}
{%- endfor %}
    else {{ var('clock_uncertainty_seconds') | int }}
end
{%- else -%}
{{ var('clock_uncertainty_seconds') | int }}
{%- endif -%}
{%- endmacro %}
