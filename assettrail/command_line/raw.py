"""`assettrail raw`: the sealed bytes as they were received, and how long they are kept."""

from typing import TYPE_CHECKING, Annotated

import typer

from assettrail.output import print_facts, print_json, print_table, text_of
from assettrail.settings import load_settings

if TYPE_CHECKING:
    from ingest.raw_expiry import RawPlan

application = typer.Typer(help="The sealed raw bytes, kept as long as raw.keep_days says.", no_args_is_help=True)


@application.callback()
def _group() -> None:
    """Keep `raw` a group, so that later commands fit in."""


@application.command("expire")
def expire(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would go and what is needed; write nothing.")
    ] = False,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Remove raw bytes that were kept for as long as raw.keep_days says; the log tells of it before they go.

    Each build does the same. What an open quarantined record, a held batch, the inbox of notifications or a stream's
    next run needs stays, however old it is. Needs no run that keeps raw bytes beside it.
    """
    from assettrail.clock import clock_from
    from ingest.landing_store import LandingStore
    from ingest.raw_expiry import expire_raw, plan_expiry

    settings = load_settings()
    store, keep_days = LandingStore.open(settings, clock_from(settings)), settings.raw.keep_days
    if dry_run:
        plan = plan_expiry(store, keep_days)
        facts: dict[str, object] = {"would remove": len(plan.due), "would finish removing": len(plan.unfinished)}
    else:
        done = expire_raw(store, keep_days)
        plan = done.left
        facts = {
            "removed": done.removed,
            "entries of the log": ", ".join(map(str, done.log_indexes)) or None,
            "finished removing": done.finished,
        }
    facts = {"raw.keep_days": "absent: kept for ever" if keep_days is None else keep_days} | facts
    _tell(facts, plan, json_output=json_output)


def _tell(facts: dict[str, object], plan: "RawPlan", *, json_output: bool) -> None:
    from ingest.raw_expiry import needs_by_reader

    if plan.retention is not None:
        facts |= {"named last at or before": text_of(plan.retention.named_before), "not old enough": plan.young}
    needs = needs_by_reader(plan.needed)
    facts["old enough and needed"] = len(plan.needed)
    if json_output:
        named = [{"needed_by": reader, "count": count, "example": words} for reader, count, words in needs]
        print_json(facts | {"needed": named})
        return
    print_facts(facts)
    if needs:
        typer.echo("")
        print_table(["needed by", "raw objects", "as"], needs)
