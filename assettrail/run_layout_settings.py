"""Where the files of Exstream's engine runs lie, and what they are called: settings of `exstream.run_layout`.

Here belongs what an installation's folders may be called. What the files hold is read by `ingest.exstream`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field

from assettrail.linear_patterns import LinearPattern
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
    groups = LinearPattern.from_text(_of_file(value)).groups  # As it is used: names do not clash.
    if missing := [name for name in GROUPS if name not in groups]:
        wanted = ", ".join(f"(?P<{name}>…)" for name in missing)
        raise ValueError(f"a pattern without {wanted}: each run needs its {', '.join(GROUPS)}")
    return value


def _of_file(run_folder: str) -> str:
    return rf"(?:^|/)(?:{run_folder})/(?P<below>(?s:.*))$"


FileName = Annotated[str, AfterValidator(_is_file_name)]
FolderPattern = Annotated[str, AfterValidator(_is_folder_pattern)]
RunPattern = Annotated[str, AfterValidator(_is_run_pattern)]


class RunLayout(Section):
    """Where the files of an engine run lie, and what they are called."""

    run_folder: RunPattern = Field(
        default=r"(?P<domain>[^/]+)/jobs/(?P<job>[^/]+)/(?P<instance>[^/]+)/docgen/(?P<docgen>[^/]+)/output",
        description="Regular expression over the end of the path of a run's output folder, folders parted by `/`, with "
        "the groups `domain`, `job`, `instance` (flow instance) and `docgen`; without look-around and references back.",
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
    def of_run(self) -> LinearPattern:
        """Finds the ids in the path of a run's output folder, whatever stands before."""
        return LinearPattern.from_text(rf"(?:^|/)(?:{self.run_folder})$")

    @cached_property
    def _of_file(self) -> LinearPattern:
        return LinearPattern.from_text(_of_file(self.run_folder))

    def file_of_run(self, path: str) -> Mapping[str, Any] | None:
        """Return the ids in the path of a file of a run, and as `below` where it lies in the output folder, else None.

        Only the file's folder is matched, which many files of a run share; a name alone tells no run.
        """
        folder, _, name = path.rpartition("/")
        found = self._of_file.search(f"{folder}/") if name else None
        return None if found is None else {**found, "below": f"{found['below']}{name}"}
