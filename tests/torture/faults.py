"""The faults of the local machine, by number: where a point belongs, and which tests hurt what no point reaches.

Here belongs the map and nothing that runs. Numbers without a gap are not expected: faults of sources, of remote systems
and of hostile input are tried where those are (see the conformance suite of the sources).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tests.torture.trial import Tried

_KILLS = "tests/integration/test_kills.py::test_killed_everywhere_the_content_is_the_same"
_DBT = "tests/torture/test_killed_dbt.py::"
_LOCKS = "tests/unit/landing/test_locks_and_disk.py::"
_RUNS = "tests/graph/test_runs.py::"
_EXPIRY = "tests/unit/landing/test_raw_expiry.py::test_wherever_it_is_hurt_the_next_run_finishes"


@dataclass(frozen=True)
class Fault:
    """A fault, what must come of it, the tests that hurt it beside the points, and what nothing here shows."""

    number: str
    where: str
    expected: str
    tests: tuple[str, ...] = ()
    beyond: str = ""


FAULTS: Final = (
    Fault(
        "F1",
        "page read, before the raw temporary file",
        "the page is read again, same content id, nothing twice",
        ("tests/unit/landing/test_kills.py::test_a_kill_loses_and_doubles_nothing",),
    ),
    Fault(
        "F2",
        "in the raw file: bytes, flush, rename, flush of the folder; in its removal by the setting",
        "the rest is swept and never read; what was told to go goes, and is told once",
        (_EXPIRY,),
    ),
    Fault(
        "F3",
        "raw bytes kept, no entry in the log: rows, quarantine, index of landed rows",
        "set aside or found again by hash; one entry",
        ("tests/unit/landing/test_kills.py::test_a_kill_loses_and_doubles_nothing",),
    ),
    Fault(
        "F4",
        "in the log: entries and tiles",
        "the checkpoint rules; no index is used for other data",
        (
            "tests/unit/evidence/test_log.py::test_a_kill_at_any_moment_leaves_the_old_or_the_new_log",
            "tests/unit/evidence/test_log.py::test_a_kill_at_each_single_step_leaves_the_old_or_the_new_log",
        ),
    ),
    Fault(
        "F5",
        "tiles written, checkpoint or its copy not",
        "the next start signs a consistent larger one",
        ("tests/unit/evidence/test_witness.py::test_a_disk_that_refuses_the_copy_is_told_and_the_append_stands",),
        "Witnesses outside of the machine: there are none yet.",
    ),
    Fault("F6", "in DuckDB's transactions on the build file", "the file is built anew from the log"),
    Fault(
        "F7",
        "snapshot published, Dagster's event not written",
        "the next run publishes the same content",
        (_KILLS,),
        "`run_key` of sensors: `tests/graph/test_sensors.py`.",
    ),
    Fault(
        "F8",
        "in dbt, between its renames; tables under its working names",
        "the build file is never the published one; leftovers reach no reader",
        (
            _KILLS,
            _DBT + "test_what_a_killed_dbt_left_in_the_build_file_reaches_no_reader",
            "tests/unit/publish/test_content.py::test_what_a_killed_dbt_left_is_not_published",
        ),
    ),
    Fault("F9", "in the publish of a snapshot", "readers see the old one or the new one", (_KILLS,)),
    Fault(
        "F32",
        "ENOSPC and EIO at any call, flushes among them",
        "told, with what to do; no acknowledgement; a refused flush is not repeated; the next run completes",
        (
            "tests/unit/evidence/test_log.py::test_a_flush_that_was_refused_is_never_tried_again",
            "tests/unit/evidence/test_log.py::test_a_removal_that_is_refused_is_told_in_the_words_of_the_house",
            _LOCKS + "test_a_full_disk_names_the_file_and_the_free_bytes_and_the_next_run_lands",
            _EXPIRY,
        ),
        "Loss of power: a kill keeps what the kernel has in memory, so that only the order and the fact of each flush "
        "are shown. A disk that lies about flushes. DuckDB passes over a refused flush while it closes the build file, "
        "which is derived and made anew; that of a snapshot is told.",
    ),
    Fault(
        "F33",
        "SIGSTOP at any call while another run comes by",
        "the other is told who holds the lock, or completes; the stopped one then goes on and harms nothing",
        (
            _LOCKS + "test_a_second_run_waits_and_then_says_who_holds_the_stream",
            _LOCKS + "test_threads_that_land_the_same_events_land_them_once",
        ),
        "No fencing token is needed: the locks are the kernel's (`flock`) and cannot be lost by a process that lives, "
        "however long it stands still. A home on a network file system, where that does not hold, is not supported.",
    ),
    Fault(
        "F34",
        "the build file held by another process",
        "waited for within a bound, then its holder is named; readers have the snapshot",
        (
            _RUNS + "test_a_build_file_that_another_process_writes_is_waited_for_and_its_holder_named",
            _RUNS + "test_a_build_file_that_this_process_has_open_is_waited_for",
        ),
    ),
    Fault(
        "F35",
        "SIGKILL of dbt alone, as for want of memory; of a run; a run left in STARTED",
        "the run ends within 60 s, and the next one builds",
        (
            _DBT + "test_a_run_whose_dbt_was_killed_ends_and_the_next_one_builds",
            _RUNS + "test_a_killed_run_is_ended_and_holds_nothing",
            _RUNS + "test_dbt_of_a_killed_run_is_ended",
        ),
        "Dagster's daemon itself being dead: no one but the operator's service manager watches it.",
    ),
    Fault(
        "F36",
        "a gate on an empty or an all-NULL table",
        "fails closed",
        (
            "tests/unit/quality/test_gate.py::test_an_empty_file_is_held",
            "tests/unit/quality/test_gate.py::test_a_file_of_nulls_is_held",
            "tests/graph/test_control_health.py::test_a_gate_on_nothing_fails_closed",
            "tests/graph/test_control_health.py::test_a_stream_without_a_complete_claim_stops_the_publish",
        ),
    ),
)
OPENING: Final = "opening"
"""Kills before the first page is read: the home, its log and its locks are made."""

TESTS: Final = tuple(sorted({test for fault in FAULTS for test in fault.tests}))

_BY_FOLDER: Final = {
    "landing": "F3",
    "quarantine": "F3",
    "landed_hashes": "F3",
    "log": "F4",
    "witness": "F5",
    "warehouse": "F6",
    "build.lock": "F6",
    "raw.lock": "F1",
    "snapshots": "F9",
}


def fault_of(point: Tried) -> str:
    """Which fault a point tries; a kill is told by the path that it met."""
    if point.injury in {"ENOSPC", "EIO"}:
        return "F32"
    if point.injury == "SIGSTOP":
        return "F33"
    folder, _, rest = point.path.partition("/")
    if folder == "raw":
        return "F1" if point.call in {"open", "os.mkdir", "mkdir"} else "F2"
    if folder == "log" and "checkpoint" in rest:
        return "F5"
    return _BY_FOLDER.get(folder, OPENING)
