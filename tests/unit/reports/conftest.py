"""The reports over the example snapshot, served for real and asked without a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.browser.example_snapshot import publish_example
from tests.browser.live_reports import client_of


@pytest.fixture(scope="session")
def example_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the example snapshot; tests only read it."""
    home = tmp_path_factory.mktemp("reports") / "home"
    publish_example(home)
    return home


@pytest.fixture(scope="session")
def client(example_home: Path) -> Iterator[httpx.Client]:
    """A client of the reports over the example snapshot."""
    with client_of(example_home) as client:
        yield client
