"""The drop folder: engine output that appears in a folder is landed by the same assets."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg

from assettrail.errors import ConfigurationError
from assettrail.settings import load_settings
from ingest.exstream.delivery_file import FILE_NAME as DELIVERY_FILE


@dg.sensor(job_name="ingest_exstream", minimum_interval_seconds=60)
def drop_folder_sensor(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Notice new engine output in `exstream.drop_folder`; the run that is asked for waits until files are whole."""
    try:
        settings = load_settings().exstream
    except ConfigurationError as error:
        yield dg.SkipReason(str(error))
        return
    if settings is None or settings.drop_folder is None:
        yield dg.SkipReason("No exstream.drop_folder is set.")
        return
    newest = newest_output(settings.drop_folder)
    if newest is None or newest == context.cursor:
        yield dg.SkipReason(f"Nothing new in {settings.drop_folder}.")
        return
    context.update_cursor(newest)
    yield dg.RunRequest(
        run_key=newest,
        run_config={"ops": {"land_exstream": {"config": {"folder": str(settings.drop_folder)}}}},
    )


def newest_output(folder: Path) -> str | None:
    """Return what names the newest delivery file below the folder, by time and path; None where there is none."""
    found = [(path.stat().st_mtime_ns, str(path)) for path in folder.rglob(DELIVERY_FILE)]
    return "{0[0]} {0[1]}".format(max(found)) if found else None
