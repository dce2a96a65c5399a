{#- What the codes of partners' answers say: which accept, and which refuse. All others do neither. -#}

{% macro advice_codes(results) -%}
{#- Codes of an 824 (X12 data element 110, Application Acknowledgment Code, in OTI01), as texts.
    A code is a level - batch, functional group, item or transaction set - and a result: A accept, C accept with data
    content change, E accept with error, P partial accept/reject, R reject, and from release 5010 H on hold. The list:
    https://stedi.com/edi/x12-003060/element/110 (the 20 without H), and with H
    https://zenbridge.io/edi-dictionary/X12/5010/segment/OTI. -#}
{%- set codes = [] -%}
{%- for level in ['B', 'G', 'I', 'T'] -%}
{%- for result in results -%}
{%- do codes.append("'" ~ level ~ result ~ "'") -%}
{%- endfor -%}
{%- endfor -%}
{{ codes | join(', ') }}
{%- endmacro %}

{% macro accepting_advice_codes() -%}
{{ advice_codes(['A', 'C', 'E']) }}
{%- endmacro %}

{% macro refusing_advice_codes() -%}
{#- A part that is refused is refused: which part, no answer says in its code. -#}
{{ advice_codes(['P', 'R']) }}
{%- endmacro %}

{% macro is_rejection(kind, code) -%}
{#- Whether an answer refuses; `kind` is '997' (X12 data elements 715 and 717: M, R, W, X), '824' or 'portal'. -#}
((
    {{ kind }} = '997' and coalesce({{ code }}, '') in ('M', 'R', 'W', 'X')
)
or ({{ kind }} = '824' and coalesce({{ code }}, '') in ({{ refusing_advice_codes() }}))
or ({{ kind }} = 'portal' and coalesce({{ code }}, '') = 'rejected'))
{%- endmacro %}

{% macro is_acceptance(kind, code) -%}
{#- Whether an answer accepts; `kind` as above. An 824 may do neither: on hold, or by a code that is none. -#}
((
    {{ kind }} = '997' and coalesce({{ code }}, '') not in ('M', 'R', 'W', 'X')
)
or ({{ kind }} = '824' and coalesce({{ code }}, '') in ({{ accepting_advice_codes() }}))
or ({{ kind }} = 'portal' and coalesce({{ code }}, '') <> 'rejected'))
{%- endmacro %}

{% macro kind_of_answer(kind, code) -%}
{#- What an answer says of what was given; `kind` as above. A 997 that accepts says that it could be read, which is to
    have come and no more; so does an answer that decides nothing (an 824 on hold). -#}
case
    when {{ is_rejection(kind, code) }} then 'rejected'
    when {{ kind }} <> '997' and {{ is_acceptance(kind, code) }} then 'acknowledged'
    else 'delivered'
end
{%- endmacro %}
