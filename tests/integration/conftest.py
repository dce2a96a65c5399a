"""One played demo for every integration test: the sandbox stays up until the last of them is done."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from assettrail.demo.play import Played, play_demo

COMMUNICATIONS = int(os.environ.get("ASSETTRAIL_TEST_COMMUNICATIONS", "500"))


@pytest.fixture(scope="session")
def played_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """A demo at seed 1; its environment is gone again, as other tests run in this process, too."""
    folder = tmp_path_factory.mktemp("played") / "demo"
    with play_demo(folder, seed=1, communications=COMMUNICATIONS) as result:
        os.environ.pop("ASSETTRAIL_CONFIG", None)
        yield result


@pytest.fixture
def played(played_demo: Played, monkeypatch: pytest.MonkeyPatch) -> Played:
    """The played demo, with its environment set for this process while the test runs."""
    monkeypatch.setenv("ASSETTRAIL_CONFIG", str(played_demo.installation.config))
    return played_demo
