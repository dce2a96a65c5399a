"""Where an output of a run lies, told by its path in the delivery file, which is the engine's and not ours.

Here belongs the part of a path behind the run's output folder, by which rows of an output are joined, and the refusal
of one that leads elsewhere. Pure.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Final, NamedTuple

from assettrail.run_layout_settings import RunLayout

_OUTPUT_PATH: Final = re.compile(r"/docgen/(?P<docgen>[^/]+)/output/(?P<below>.+)$", re.DOTALL)


class OutputPlace(NamedTuple):
    """The id of the engine run that a path tells, None where it tells none, and where the file lies in its folder."""

    docgen_uuid: str | None
    name: str

    @property
    def is_sound(self) -> bool:
        """Whether the name leads to a file below the output folder."""
        parts = self.name.split("/")
        return "\x00" not in self.name and not any(part in {"", ".", ".."} for part in parts) and ":" not in parts[0]


def place_of_output(path: str, layout: RunLayout) -> OutputPlace:
    """The place of an output: containers have the usual folders, an own installation those of its layout.

    Where neither is in the path it is told from the queue's folder on, and by the file's name alone without one.
    """
    plain = path.replace("\\", "/")
    match = _OUTPUT_PATH.search(plain) or layout.file_of_run(plain)
    if match is not None:
        return OutputPlace(match["docgen"], match["below"])
    folders = plain.split("/")
    of_queue = [at for at, name in enumerate(folders[:-1]) if fnmatchcase(name, layout.output_folders)]
    return OutputPlace(None, "/".join(folders[of_queue[-1] if of_queue else -1 :]))
