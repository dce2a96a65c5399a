"""The drop folder: engine output that appears in a folder is landed by the same assets."""

import glob
import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import dagster as dg

from assettrail.errors import ConfigurationError
from assettrail.settings import load_settings
from ingest.exstream.drop_folder import STREAMS
from orchestration.keys import landing_key
from orchestration.landing import GATE_CHECK
from orchestration.sensing import BATCH_TAG, gave_up, next_run_key

FOLDER_KEYS = [landing_key("exstream", stream) for stream in STREAMS]
"""What a folder holds. A run that asked for more would skip the gate's checks with the streams that are not there."""


@dg.sensor(
    job_name="ingest_exstream",
    minimum_interval_seconds=60,
    description="Notices new engine output in `exstream.drop_folder` and asks for a run that lands it. "
    "Off until turned on here.",
)
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
    if not settings.drop_folder.is_dir():
        yield dg.SkipReason(f"{settings.drop_folder} is no folder: correct exstream.drop_folder.")
        return
    state = state_of(settings.drop_folder, settings.run_layout.delivery_file)
    key = None if state is None else next_run_key(context.instance, state)
    if state is not None and key is None:
        yield gave_up("ingest_exstream")
    elif key is None or key == context.cursor:
        yield dg.SkipReason(f"Nothing new in {settings.drop_folder}.")
    else:
        context.update_cursor(key)
        yield dg.RunRequest(
            run_key=key,
            run_config={"ops": {"land_exstream": {"config": {"folder": str(settings.drop_folder)}}}},
            asset_selection=FOLDER_KEYS,
            asset_check_keys=[dg.AssetCheckKey(asset, GATE_CHECK) for asset in FOLDER_KEYS],
            tags={BATCH_TAG: str(state)},
        )


def state_of(folder: Path, delivery_file: str) -> str | None:
    """Return a name for what lies in the runs below the folder: paths, sizes, times; None where there is no run.

    A run is a folder with a delivery file, which is called so.

    It changes with every file that comes or grows, also with one that was copied with an old time. What is no file, or
    none any more (a symbolic link to nothing, a file that was just taken away), is not counted.
    """
    runs = sorted(path.parent for path in folder.rglob(glob.escape(delivery_file)) if _stat_of_file(path))
    digest = hashlib.sha256()
    for path in (path for run in runs for path in sorted(run.rglob("*"))):
        found = _stat_of_file(path)
        if found is not None:
            digest.update(os.fsencode(path.relative_to(folder)))  # A name need not be UTF-8.
            digest.update(f"\0{found.st_size}\0{found.st_mtime_ns}\n".encode())
    return f"drop-{digest.hexdigest()[:16]}" if runs else None


def _stat_of_file(path: Path) -> os.stat_result | None:
    """Return what the disk says of a file; None where the path leads to none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found if stat.S_ISREG(found.st_mode) else None
