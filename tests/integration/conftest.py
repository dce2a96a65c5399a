"""One played demo for every integration test: the sandbox stays up until the last of them is done."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from assettrail.demo.play import Played, play_demo

COMMUNICATIONS = int(os.environ.get("ASSETTRAIL_TEST_COMMUNICATIONS", "500"))


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """A demo at seed 1, with its environment set for this process."""
    folder = tmp_path_factory.mktemp("played") / "demo"
    with play_demo(folder, seed=1, communications=COMMUNICATIONS) as result:
        yield result
