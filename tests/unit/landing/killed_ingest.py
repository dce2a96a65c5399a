"""Ingests ten accesses in two extracts, and kills itself (SIGKILL) where its second argument says.

Run by `test_kills.py` as a process: `python -m tests.unit.landing.killed_ingest FOLDER POINT`. Points are
`module:function:call` — the process dies when that function is called for the call-th time, before it runs.
"""

import importlib
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ingest.extract import Claim, Extract
from ingest.run import ingest_stream
from tests.unit.landing.stores import NOON, accept, access, open_store, rows_of


class TenAccesses:
    """A source that gives accesses 0–4 and 5–9 until they are acknowledged, and writes down what it was told."""

    name = "trading_grid"

    def __init__(self, folder: Path) -> None:
        """Note how many were acknowledged."""
        self._acknowledged = folder / "acknowledged"

    def streams(self) -> tuple[str, ...]:
        """Name the one stream."""
        return ("accesses",)

    def extract(self, stream: str, since: Mapping[str, object] | None) -> Extract:
        """Give what is not acknowledged yet; the first extract brings a record of a wrong type, too."""
        start = self._acknowledged_count()
        values = [access(number) for number in range(start, min(start + 5, 10))]
        values += [access(100, kind=5)] if start == 0 else []
        return Extract(
            rows=rows_of(values),
            quarantined=[],
            claim=Claim(None, NOON, True, "end_marker", "empty poll"),
            cursor={"next": min(start + 5, 10)},
            more=start == 0,
            acknowledge=lambda: self.acknowledge(start + 5),
        )

    def acknowledge(self, count: int) -> None:
        """Note how many were acknowledged."""
        self._acknowledged.write_text(str(count))

    def _acknowledged_count(self) -> int:
        return int(self._acknowledged.read_text()) if self._acknowledged.exists() else 0


def die_at(point: str) -> None:
    """Make one call of a function the last thing that this process does."""
    module_name, path, call = point.split(":")
    owner: Any = importlib.import_module(module_name)
    *outer, name = path.split(".")
    for each in outer:
        owner = getattr(owner, each)
    original: Callable[..., Any] = getattr(owner, name)
    calls = 0

    def dying(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == int(call):
            os.kill(os.getpid(), signal.SIGKILL)
        return original(*arguments, **named)

    setattr(owner, name, dying)


if __name__ == "__main__":
    where = Path(sys.argv[1])
    store = open_store(where)
    source = TenAccesses(where)
    if len(sys.argv) > 2:
        if sys.argv[2].startswith("tests."):
            sys.modules["tests.unit.landing.killed_ingest"] = sys.modules["__main__"]
        die_at(sys.argv[2])
    ingest_stream(source, "accesses", store, accept)
