"""The files of a run under the output folder.

What belongs here: writing them so that a reader of the folder never meets a half run: everything is written
beside the output folder and appears by one rename of the job's folder. Files that are to be found broken are
broken by `composition.py`, on purpose.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from sandbox.exstream.composition import (
    DELIVERY_FILE_NAME,
    MESSAGE_FILE_NAME,
    REPORT_FILE_NAME,
    REPORT_FOLDER_NAME,
    Composition,
)

INPUT_PATH = Path("input") / "driver.jsonl"


def write_run(partial_folder: Path, output_folder: Path, composition: Composition, driver_data: bytes) -> None:
    """Write `{job}/{flow instance}/docgen/{uuid}/output/…` and the driver data of a run.

    `output_folder` is that `output` path; `partial_folder` must lie on the same file system.
    """
    instance_folder = output_folder.parents[2]
    job_folder = instance_folder.parent
    staged_job = partial_folder / job_folder.name
    shutil.rmtree(staged_job, ignore_errors=True)
    staged_output = staged_job / output_folder.relative_to(job_folder)
    staged_input = staged_job / instance_folder.name / INPUT_PATH
    for path, content in (
        (staged_output / DELIVERY_FILE_NAME, composition.delivery_file),
        (staged_output / MESSAGE_FILE_NAME, composition.message_file),
        (staged_output / REPORT_FOLDER_NAME / REPORT_FILE_NAME, composition.report),
        (staged_input, driver_data),
        *((staged_output / name, page) for name, page in composition.pages.items()),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    job_folder.parent.mkdir(parents=True, exist_ok=True)
    staged_job.replace(job_folder)
