"""An installation for each way in which records come in, on the shared stand-ins."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assettrail.settings import Settings
from ingest.http import RetryPolicy
from ingest.landing_store import LandingStore
from tests.adapters.conformance.ways import WAYS, Way
from tests.adapters.ingest.conftest import fresh, sandbox, settings, stand_ins, store
from tests.adapters.ingest.stand_ins import Sandbox

__all__ = ["fresh", "sandbox", "settings", "stand_ins", "store"]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses between attempts are tested where they are made."""
    monkeypatch.setattr(RetryPolicy, "pause_seconds", lambda *_: 0.0)


@pytest.fixture
def opened(sandbox: Sandbox, settings: Settings, store: LandingStore, tmp_path: Path) -> Iterator[Callable[..., Way]]:
    """Open a way by its class."""
    ways: list[Way] = []

    def open_way(kind: type[Way]) -> Way:
        ways.append(kind(sandbox, settings, store, tmp_path))
        return ways[-1]

    yield open_way
    for way in ways:
        way.close()


@pytest.fixture(params=WAYS, ids=lambda kind: kind.name)
def way(request: pytest.FixtureRequest, opened: Callable[..., Way]) -> Way:
    """One way after the other; a test that is not of all of them gives their classes (`indirect`)."""
    return opened(request.param)
