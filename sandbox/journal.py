"""A service's memory across restarts: one file of JSON lines.

What belongs here: appending an entry and reading all of them back. A line that a killed process left
unfinished is cut off when the file is read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Journal:
    """An append-only file; later entries of the same object replace earlier ones, which is the reader's work."""

    path: Path

    def append(self, entry: Mapping[str, object]) -> None:
        """Add one entry at the end."""
        line = json.dumps(entry, ensure_ascii=False, separators=(",", ":"))
        with self.path.open("a", encoding="utf-8") as lines:
            lines.write(f"{line}\n")

    def read(self) -> Iterator[dict[str, Any]]:
        """Yield every entry, oldest first; nothing when there is no file yet."""
        if not self.path.exists():
            return
        content = self.path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if len(whole) < len(content):
            self.path.write_bytes(whole)
        for line in whole.split(b"\n")[:-1]:
            yield json.loads(line)
