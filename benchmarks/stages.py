"""How the time of a landing is shared among its stages: their functions are timed where they stand.

Here belong the list of stages and a stack of stopwatches: a stage's time is its own, without that of stages called from
it, so that the shares add up to the whole. Reading is done in one process meanwhile, as another's time is not seen.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any
from unittest.mock import patch

from evidence.log import Log
from ingest import landing, readable_rows, rows
from ingest.exstream import report_file, report_rows, report_tables, report_worker, run_files, shaped_tables
from ingest.exstream.drop_folder import DropFolderSource
from ingest.exstream.known_addresses import KnownAddresses
from ingest.exstream.report_tables import ReportTables
from ingest.exstream.report_uses import DistinctUses
from ingest.exstream.shape_book import ShapeBook
from ingest.exstream.shaped_tables import PlacedValues, ShapedTables
from ingest.landing import Gate
from ingest.landing_store import LandingStore
from ingest.pseudonym import Pseudonymizer

OTHER = "everything else"
GATE = "gate"
STAGES: dict[str, list[tuple[Any, str]]] = {
    "waiting for files to rest": [(DropFolderSource, "_look_around")],
    "sealing the raw bytes": [
        (LandingStore, "stage_raw_open"),
        (LandingStore, "keep_staged"),
        (LandingStore, "put_raw"),
    ],
    "decompressing": [(run_files, "read_report_file")],
    "cutting, decoding and checking lines": [
        (shaped_tables, "cut_most_lines"),
        (ShapeBook, "numbers_of"),
        (ShapedTables, "_usual"),
        (report_rows, "plain_lines"),
    ],
    "what parts and addresses mean": [(KnownAddresses, "columns"), (PlacedValues, "part"), (ReportTables, "add")],
    "pseudonyms": [(Pseudonymizer, "pseudonym"), (Pseudonymizer, "pseudonyms")],
    "columns": [(ShapedTables, "read"), (ReportTables, "tables")],
    "row hashes": [
        (shaped_tables, "row_json"),
        (shaped_tables, "sha256_of_each"),
        (report_tables, "sha256_of_each"),
        (rows, "sha256_of_each"),
        (rows, "rows_json"),
        (DistinctUses, "rows"),
    ],
    "laying tables aside": [(report_worker, "laid_aside")],
    "what has landed before": [(landing, "_new_positions")],
    "Merkle tree": [(readable_rows, "root_of_hashes")],
    "Parquet": [(landing, "write_rows")],
    GATE: [],
    "log": [(Log, "append")],
}


class Stopwatches:
    """Seconds by stage; a stage stands still while another one that it called runs."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._running = [OTHER]
        self._since = time.perf_counter()

    def _switch(self) -> None:
        now = time.perf_counter()
        self.seconds[self._running[-1]] += now - self._since
        self._since = now

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count what follows to a stage."""
        self._switch()
        self._running.append(name)
        try:
            yield
        finally:
            self._switch()
            self._running.pop()

    def timed(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, counted to a stage."""

        @wraps(work)
        def counted(*arguments: Any, **named: Any) -> Any:
            with self.stage(name):
                return work(*arguments, **named)

        return counted


def shares(land: Callable[[Gate], Any], gate: Gate) -> dict[str, float]:
    """The share of each stage in the time that a landing through a gate takes in one process, the largest first."""
    watches = Stopwatches()
    with ExitStack() as stack:
        stack.enter_context(patch.object(report_file, "SMALLEST_SHARED", 1 << 62))
        for name, places in STAGES.items():
            for owner, attribute in places:
                timed = watches.timed(name, getattr(owner, attribute))
                stack.enter_context(patch.object(owner, attribute, timed))
        with watches.stage(OTHER):
            land(watches.timed(GATE, gate))
    total = sum(watches.seconds.values())
    return {name: taken / total for name, taken in sorted(watches.seconds.items(), key=lambda one: -one[1])}
