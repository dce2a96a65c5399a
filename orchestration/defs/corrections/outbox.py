"""Corrections: proposals of the published snapshot, the run that sends, and the sensor that asks for it."""

from collections import Counter
from collections.abc import Iterator

import dagster as dg

from assettrail.clock import clock_from
from assettrail.errors import ConfigurationError
from assettrail.settings import load_settings
from corrections.propose import propose
from corrections.recall.recalls import follow_recalls
from corrections.renditions.improving import measure_feedback
from corrections.send import send_approved
from corrections.store.allowance import pause_of
from corrections.store.outbox import approved_batch
from orchestration.keys import MEASURED_FEEDBACK, PROPOSED_CORRECTIONS, SENT_CORRECTIONS, SNAPSHOT
from orchestration.resources import AssettrailResource
from orchestration.sensing import BATCH_TAG, gave_up, next_run_key
from publish.reading import current_snapshot


@dg.asset(key=PROPOSED_CORRECTIONS, group_name="corrections", deps=[SNAPSHOT], kinds={"sqlite"})
def proposed_corrections(assettrail: AssettrailResource) -> dg.MaterializeResult[None]:
    """One row per proposed correction of the current snapshot in the outbox; cured ones are withdrawn."""
    settings = assettrail.settings()
    snapshot = current_snapshot(settings.home)
    clock = clock_from(settings)
    recalls = follow_recalls(settings, clock, snapshot.database, snapshot.name)
    report = propose(settings, clock, snapshot.database, snapshot.name)
    return dg.MaterializeResult(metadata=report.as_dict() | {"recalls": recalls})


@dg.asset(key=MEASURED_FEEDBACK, group_name="corrections", deps=[SNAPSHOT], kinds={"sqlite"})
def measured_feedback(assettrail: AssettrailResource) -> dg.MaterializeResult[None]:
    """One row per piece of open feedback of the current snapshot: a better rendition proposed, or why none is."""
    settings = assettrail.settings(connects=True)
    snapshot = current_snapshot(settings.home)
    found = measure_feedback(settings, clock_from(settings), snapshot.database, snapshot.name)
    return dg.MaterializeResult(metadata=dict(Counter(one.outcome for one in found)))


@dg.asset(key=SENT_CORRECTIONS, group_name="corrections", deps=[PROPOSED_CORRECTIONS], kinds={"sqlite"})
def sent_corrections(assettrail: AssettrailResource) -> dg.MaterializeResult[None]:
    """One row per correction that was approved and is now confirmed, in conflict or unknown."""
    settings = assettrail.settings(connects=True)
    report = send_approved(settings, clock_from(settings))
    return dg.MaterializeResult(metadata=report.as_dict())


measure_renditions = dg.define_asset_job(
    "measure_renditions",
    selection=dg.AssetSelection.assets(MEASURED_FEEDBACK),
    description="Measure the renditions that partners complained of, and propose better ones.",
    tags={"assettrail/step": "correct"},
)

send_corrections = dg.define_asset_job(
    "send_corrections",
    selection=dg.AssetSelection.assets(SENT_CORRECTIONS),
    description="Send approved corrections to the vendors and read their effect back.",
    tags={"assettrail/step": "correct"},
)


@dg.sensor(
    job_name="send_corrections",
    minimum_interval_seconds=30,
    description="Notices approved corrections and asks for a run that sends them. Off until turned on here.",
)
def outbox_sensor(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Notice approved corrections; the write happens in the run that is asked for."""
    try:
        settings = load_settings()
        batch, paused = approved_batch(settings), pause_of(settings)
    except ConfigurationError as error:
        yield dg.SkipReason(str(error))
        return
    if batch is None:
        yield dg.SkipReason(f"Nothing is sent: {paused}" if paused else "No approved correction waits.")
        return
    key = next_run_key(context.instance, batch.run_key)
    if key is None:
        yield gave_up("send_corrections")
    else:
        yield dg.RunRequest(run_key=key, tags={BATCH_TAG: batch.run_key, "assettrail/approved": str(batch.count)})


__all__ = [
    "measure_renditions",
    "measured_feedback",
    "outbox_sensor",
    "proposed_corrections",
    "send_corrections",
    "sent_corrections",
]
