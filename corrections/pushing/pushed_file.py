"""What a person approves where a corrected file is pushed: the file, what it replaces, and who holds that.

Here belongs the value that stands in the difference. The file itself is kept by `kept_files`, what is done with it is
`file_push`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class FileFacts:
    """A file in numbers; width and height in pixels are None for what has none, the format where it is not known."""

    size_bytes: int
    format_code: str | None
    width_px: int | None
    height_px: int | None

    def __str__(self) -> str:
        """The file in words."""
        sides = "" if self.width_px is None else f" {self.width_px}×{self.height_px}"
        return f"{self.format_code or 'file'}{sides}, {self.size_bytes} bytes"


@dataclass(frozen=True)
class PushedFile:
    """A corrected file on its way: its name, its SHA-256 in hex (where it is kept under), and what it replaces.

    `new_public_id` is the name of a new asset, which leaves the old one as it is; None for a new version. `held_by`
    counts who holds the asset now, by what holds it.
    """

    name: str
    sha256: str
    after: FileFacts
    before: FileFacts
    new_public_id: str | None
    held_by: Mapping[str, int]

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> PushedFile:
        """Read the values of the canonical JSON. Raises TypeError and KeyError when they are others."""
        rest = dict(values)
        after, before = FileFacts(**rest.pop("after")), FileFacts(**rest.pop("before"))
        return cls(after=after, before=before, **rest)
