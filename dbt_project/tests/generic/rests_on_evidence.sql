{% test rests_on_evidence(model) %}
{#- A verdict other than that evidence is missing, or says several things, has claims that cover it and a grade. -#}
select *
from {{ model }}
where
    verdict not in ('NO_EVIDENCE', 'AMBIGUOUS')
    and (coverage_key is null or evidence_grade is null or evidence_grade = 'unknown')
{% endtest %}
