"""Raw bytes that were kept for as long as `raw.keep_days` says are removed, last in each build.

Here belongs when that happens by itself; what goes is `ingest.raw_expiry`. Behind the snapshot, so that whatever goes
wrong here keeps nothing from readers. While an ingest keeps bytes nothing is removed: the next build does it.
"""

import dagster as dg

from assettrail.errors import TransientSourceError
from ingest.raw_expiry import expire_raw, needs_by_reader
from orchestration.keys import EXPIRED_RAW, SNAPSHOT
from orchestration.resources import AssettrailResource

WAIT_SECONDS = 20.0
"""How long a build waits for an ingest that keeps bytes just now; it holds the build file meanwhile."""


@dg.asset(key=EXPIRED_RAW, group_name="raw", deps=[SNAPSHOT], kinds={"log"})
def expired_raw(context: dg.AssetExecutionContext, assettrail: AssettrailResource) -> dg.MaterializeResult[None]:
    """One entry of the log per list of raw objects that were removed, as the setting says how long they are kept."""
    keep_days = assettrail.settings().raw.keep_days
    kept = "for ever" if keep_days is None else f"{keep_days} days"
    try:
        done = expire_raw(assettrail.store(), keep_days, WAIT_SECONDS)
    except TransientSourceError as error:
        context.log.warning("Put off to the next build: %s", error)
        return dg.MaterializeResult(metadata={"kept": kept, "put_off": error.found})
    return dg.MaterializeResult(
        metadata={
            "kept": kept,
            "removed": done.removed + done.finished,
            "entries": ", ".join(map(str, done.log_indexes)),
            "not_old_enough": done.left.young,
            **{f"needed by {reader}": count for reader, count, _ in needs_by_reader(done.left.needed)},
        }
    )
