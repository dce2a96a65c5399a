"""The drop folder: engine output that appears in a folder is landed by the same assets."""

from collections.abc import Iterator

import dagster as dg
from ingest.exstream.drop_folder import newest_output

from assettrail.errors import ConfigurationError
from assettrail.settings import load_settings


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
