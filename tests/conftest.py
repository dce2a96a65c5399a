"""What every test shares: the names of cases, and how the suite is cut into parts that workers take.

What belongs here: hooks for all tests. What does not: fixtures, which stand beside the tests that use them.
"""

from __future__ import annotations

import gc
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadFileScheduling

from tests.certificates import trust_one_certificate

_PLAYED = "tests/integration/test_"
"""The files that share one played demo: a worker takes all of them, or the demo is played again for each."""
_BUILT = "tests/dbt/test_"
_BUILDS_ITS_OWN = "tests/dbt/test_increments"
"""The files that share one built small world, and the one beside them that builds others: another may take it."""

_MEMORY_DISK = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
_ROOM_BYTES = 6 * 2**30
"""What all files of a run of the suite take, several times."""

_OBJECTS_PER_COLLECTION = 50_000
"""Python looks for garbage after 700 new objects, each time also among the libraries' millions: an eighth of all
computing of the tests of pages."""

_LONG_FIRST = (
    _PLAYED,
    "tests/adapters/ingest/test_canary",
    "tests/integration/",
    "tests/dbt/",
    "tests/graph/",
    "tests/adapters/",
    "tests/browser/test_pages",
    "tests/browser/",
)
"""What begins first, so that no worker starts on a long part when the others are done."""


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Give examples the time that they take, and prepare what workers and commands take over from their starter."""
    settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("suite")
    if hasattr(config, "workerinput"):
        return
    _trust_one_certificate(config)
    if config.getoption("numprocesses", None) and config.option.basetemp is None:
        _keep_files_in_memory(config)


def _trust_one_certificate(config: pytest.Config) -> None:
    folder = TemporaryDirectory()
    config.add_cleanup(folder.cleanup)
    trust_one_certificate(Path(folder.name))


def _keep_files_in_memory(config: pytest.Config) -> None:
    """Put the files of a run with several workers on a disk in memory, where there is one with room for them.

    Everything of ours waits for the disk, as it has to; no test takes its power away. They are gone afterwards: who
    wants to look at them runs the test alone, or names a `--basetemp`.
    """
    if not _MEMORY_DISK.is_dir() or shutil.disk_usage(_MEMORY_DISK).free < _ROOM_BYTES:
        return
    if psutil.virtual_memory().available < 2 * _ROOM_BYTES:
        return
    folder = TemporaryDirectory(prefix="assettrail-tests-", dir=_MEMORY_DISK, ignore_cleanup_errors=True)
    config.add_cleanup(folder.cleanup)
    config.option.basetemp = Path(folder.name) / "files"


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name a case of bytes by its size: content may hold an instant (gzip), on which no two processes agree."""
    return f"{argname}-{len(val)}-bytes" if isinstance(val, bytes) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long parts first; within a part the order stays."""
    items.sort(key=lambda item: [item.nodeid.startswith(part) for part in _LONG_FIRST], reverse=True)


def pytest_collection_finish() -> None:
    """Leave what was imported and collected out of every look for garbage, and look less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS_PER_COLLECTION)


class _PartsScheduling(LoadFileScheduling):  # type: ignore[misc]
    """Gives a worker a file at a time, in the order of collection, and as one what shares a demo or a small world."""

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(_PLAYED):
            return _PLAYED
        if nodeid.startswith(_BUILT) and not nodeid.startswith(_BUILDS_ITS_OWN):
            return _BUILT
        return str(super()._split_scope(nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> _PartsScheduling | None:
    """Cut the suite into its parts where files are to stay together (`--dist loadfile`)."""
    return _PartsScheduling(config, log) if config.getvalue("dist") == "loadfile" else None
