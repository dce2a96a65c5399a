"""OpenLineage: the run that sends events of the log, and the sensor that asks for it.

Apart from ingest and builds: a lineage service that is down makes runs of `send_lineage` fail, and nothing else. They
are asked for again, first by the attempt, then with the next entry of the log; delivery goes on from its own cursor.
"""

from collections.abc import Iterator

import dagster as dg

from assettrail.errors import AssettrailError
from assettrail.settings import Settings, load_settings
from evidence.keys import load_verification_key
from evidence.log_reader import LogReader
from lineage.delivery import next_entry, send
from orchestration.keys import LINEAGE_EVENTS, SNAPSHOT
from orchestration.resources import AssettrailResource
from orchestration.sensing import BATCH_TAG, gave_up, next_run_key


@dg.asset(key=LINEAGE_EVENTS, group_name="lineage", deps=[SNAPSHOT], kinds={"openlineage"})
def sent_lineage(assettrail: AssettrailResource) -> dg.MaterializeResult[None]:
    """One event per start and end of a run that an entry of the log tells of, as a lineage service took it."""
    settings = assettrail.settings()
    done = send(settings, _log(settings))
    return dg.MaterializeResult(
        metadata={
            "events": done.events,
            "first_entry": done.first_entry,
            "next_entry": done.next_entry,
            "backend": done.backend,
        }
    )


send_lineage = dg.define_asset_job(
    "send_lineage",
    selection=dg.AssetSelection.assets(LINEAGE_EVENTS),
    description="Send OpenLineage events of what was logged since the last time.",
    tags={"assettrail/step": "lineage"},
)


@dg.sensor(
    job_name="send_lineage",
    minimum_interval_seconds=60,
    description="Notices entries of the log whose lineage was not sent yet. Off until turned on here.",
)
def lineage_sensor(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Notice what was logged behind the cursor; sending happens in the run that is asked for."""
    try:
        settings = load_settings()
        waiting = _waiting(settings)
    except AssettrailError as error:
        yield dg.SkipReason(str(error))
        return
    if waiting is None:
        yield dg.SkipReason("Neither lineage.url nor lineage.file is set, or all that was logged is sent.")
        return
    batch = f"lineage/{waiting[0]}-{waiting[1]}"
    key = next_run_key(context.instance, batch)
    if key is None:
        yield gave_up("send_lineage")
    else:
        yield dg.RunRequest(run_key=key, tags={BATCH_TAG: batch})


def _waiting(settings: Settings) -> tuple[int, int] | None:
    """Return the entries that wait, from and up to; None where there are none, or nowhere to send them to."""
    if settings.lineage.url is None and settings.lineage.file is None:
        return None
    first, size = next_entry(settings.home), _log(settings).checkpoint().size
    return (first, size) if first < size else None


def _log(settings: Settings) -> LogReader:
    return LogReader(settings.home / "log", load_verification_key(settings.keys.folder))


__all__ = ["lineage_sensor", "send_lineage", "sent_lineage"]
