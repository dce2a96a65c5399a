"""What a table that counts or dates communications tells somebody who is restricted to jurisdictions.

Here belong the counts that are made anew over what they may see, and what is not told at all: tables without a row for
each communication, which a predicate cannot narrow. How tables are narrowed is `narrowed`. All texts are constants of
ours; the jurisdictions are a variable that is bound to the cursor.
"""
# ruff: noqa: S608 - no text from outside is in any question here

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CATALOG: Final = "published"
BOUND: Final = "jurisdictions"
ALLOWED: Final = f"jurisdiction_code in (select unnest(getvariable('{BOUND}')))"

_NOT_TOLD: Final = "null"
_OF_LAUNCHES: Final = f"""(
    select count(*)
    from {CATALOG}.marts.fct_uses_after_launch as uses
    inner join {CATALOG}.marts.fct_communications as sent on uses.communication_key = sent.communication_key
    where uses.age_code = 'old' and sent.{ALLOWED} and uses.{{0}} = told.{{0}}
)"""
_POSSIBLE: Final = f"""(
    select count(distinct sent.communication_key)
    from {CATALOG}.marts.fct_template_links as links
    inner join {CATALOG}.marts.dim_templates as templates on links.template_key = templates.template_key
    inner join (
        select template_key, template_id_exstream from {CATALOG}.marts.dim_templates
        union
        select template_key, template_id_exstream from {CATALOG}.marts.dim_template_versions
    ) as names on templates.template_key = names.template_key
    inner join {CATALOG}.marts.fct_communications as sent
        on templates.domain_code = sent.domain_code and names.template_id_exstream = sent.template_id_exstream
    where links.is_in_use and links.asset_key = told.asset_key and sent.{ALLOWED}
)"""
_USES: Final = f"""(
    select {{0}} from {CATALOG}.marts.fct_asset_uses as uses where uses.asset_key = told.asset_key and uses.{ALLOWED}
)"""

COUNTED_ANEW: Final[Mapping[str, Mapping[str, str]]] = {
    "marts.fct_launch_visuals": {"first_sent_at": _NOT_TOLD},
    "reports.rpt_launch_visuals": {
        "old_use_count": _OF_LAUNCHES.format("launch_requirement_key"),
        "first_sent_at": _NOT_TOLD,
        "referenced_to_sent_hours": _NOT_TOLD,
        "approved_to_sent_hours": _NOT_TOLD,
        "launched_use_count": _NOT_TOLD,
        "newer_use_count": _NOT_TOLD,
        "not_known_use_count": _NOT_TOLD,
        "last_old_use_at": _NOT_TOLD,
    },
    "reports.rpt_launch_lead_times": {
        "old_use_count": _OF_LAUNCHES.format("launch_key"),
        "sent_count": _NOT_TOLD,
        "longest_referenced_to_sent_hours": _NOT_TOLD,
        "longest_approved_to_sent_hours": _NOT_TOLD,
        "use_count": _NOT_TOLD,
        "old_communication_count": _NOT_TOLD,
        "first_sent_at": _NOT_TOLD,
        "last_old_use_at": _NOT_TOLD,
    },
    "reports.rpt_asset_blast_radius": {
        "possible_communication_count": _POSSIBLE,
        "communication_count": _USES.format("count(distinct uses.communication_key)"),
        "use_count": _USES.format("count(*)"),
    },
}
"""By table and column: the count over what the person may see, or NULL. A column that a table lacks is left alone."""

REPLACED: Final[Mapping[str, str]] = {
    "reports.rpt_verdict_summary": f"""
        select
            sha256(concat_ws('/', date_trunc('month', generated_at), channel_code, verdict)) as verdict_summary_key,
            cast(date_trunc('month', generated_at) as date) as month,
            channel_code as channel,
            verdict,
            count(*) as use_count
        from {CATALOG}.marts.fct_asset_uses
        where {ALLOWED}
        group by date_trunc('month', generated_at), channel_code, verdict
        order by date_trunc('month', generated_at), channel_code, verdict
    """,
}
"""Tables that only count communications: the same counts over what the person may see."""
