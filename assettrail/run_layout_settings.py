"""Where the files of Exstream's engine runs lie, and what they are called: settings of `exstream.run_layout`.

Here belongs what an installation's folders may be called. What the files hold is read by `ingest.exstream`.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from assettrail.setting_kinds import Section

GROUPS: Final = ("domain", "job", "instance", "docgen")
"""What the path of a run's output folder has to tell: the ids that its rows are keyed by."""


def _is_file_name(value: str) -> str:
    if not value.strip() or value in {".", ".."} or re.search(r"[/\\\x00]", value):
        raise ValueError("not the name of one file, without its folder")
    return value


def _is_folder_pattern(value: str) -> str:
    if _is_file_name(value).strip("*?") == "":
        raise ValueError("a pattern that fits every folder; name a part of the folders that are meant, as in Queue_*")
    return value


def _is_run_pattern(value: str) -> str:
    try:
        groups = re.compile(rf"(?:{value})/(?P<below>.+)$").groupindex  # As it is used: neither flags nor names clash.
    except re.error as error:
        raise ValueError(f"no regular expression: {error}") from error
    if missing := [name for name in GROUPS if name not in groups]:
        wanted = ", ".join(f"(?P<{name}>…)" for name in missing)
        raise ValueError(f"a pattern without {wanted}: each run needs its {', '.join(GROUPS)}")
    return value


FileName = Annotated[str, AfterValidator(_is_file_name)]
FolderPattern = Annotated[str, AfterValidator(_is_folder_pattern)]
RunPattern = Annotated[str, AfterValidator(_is_run_pattern)]


class RunLayout(Section):
    """Where the files of an engine run lie, and what they are called."""

    run_folder: RunPattern = Field(
        default=r"(?P<domain>[^/]+)/jobs/(?P<job>[^/]+)/(?P<instance>[^/]+)/docgen/(?P<docgen>[^/]+)/output",
        description="Regular expression over the end of the path of a run's output folder, folders parted by `/`, with "
        "the groups `domain`, `job`, `instance` (flow instance) and `docgen`.",
    )
    delivery_file: FileName = "_STDDELIVERYFILE.xml"
    """Name of the delivery file in that folder; a folder without one is no run."""
    message_file: FileName = "ExstreamMessages.dat"
    """Name of the engine's message file in that folder (the switch MESSAGEFILE)."""
    report_folders: FolderPattern = "Report_*"
    """Folders in it that hold reports of the customer's design; `*` and `?` as in file names."""
    output_folders: FolderPattern = "Queue_*"
    """Folders in it that hold the outputs of a queue; `*` and `?` as in file names."""

    @cached_property
    def of_run(self) -> re.Pattern[str]:
        """Finds the ids in the path of a run's output folder, whatever stands before."""
        return re.compile(rf"(?:^|/)(?:{self.run_folder})$")

    @cached_property
    def of_file(self) -> re.Pattern[str]:
        """Finds the ids in the path of a file of a run, and as `below` where the file lies in the output folder."""
        return re.compile(rf"(?:^|/)(?:{self.run_folder})/(?P<below>.+)$", re.DOTALL)
